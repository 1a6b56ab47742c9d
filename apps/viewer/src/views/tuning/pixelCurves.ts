import { evaluateMaps, type EvaluatedImage, type Evaluation } from '@pyramid-mamba/metrics';
import { maskOf } from '../../picture/decoded.js';
import { mapOf, type MapMaker } from '../../picture/mapOf.js';
import type { Item } from '../../run/types.js';

/**
 * The pixel figures and curves of one class, exact, from the small maps and the masks; every map is computed twice, none is stored.
 * `onPicture` receives the number done and the total; `stop` ends it early.
 */
export function pixelEvaluation(
  run: MapMaker,
  items: readonly Item[],
  onPicture: (done: number, all: number) => void,
  stop: AbortSignal,
): Promise<Evaluation> {
  // a defect without a mask has no pixel truth
  const usable = items.filter(({ label, hasMask }) => label === 0 || hasMask);
  let done = 0;
  async function* images(): AsyncGenerator<EvaluatedImage> {
    for (const item of usable) {
      stop.throwIfAborted();
      const levels = await item.levels();
      if (!levels) throw new Error(`the run has no maps of ${item.file}; evaluate it again`);
      const file = item.label === 0 ? null : await item.mask();
      yield {
        map: await mapOf(levels, run, item.size),
        mask: file ? await maskOf(file, item.size, `the mask of ${item.file}`) : undefined,
        ...item.size,
        score: item.score,
        label: item.label ?? 0,
      };
      onPicture(++done, usable.length * 2);
    }
  }
  return evaluateMaps(images, { curvePoints: 400 });
}
