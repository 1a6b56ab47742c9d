import { ahead, taken, type Sample } from '@pyramid-mamba/data';
import { calibrateClasses, thinned } from '@pyramid-mamba/metrics';
import { usableOnly, type Calibration, type PyramidMamba } from '@pyramid-mamba/model';
import { judge } from './judge.js';

const BATCH = 8;

/** Why classes have no thresholds although they have good pictures to set them by. */
export const unusableNote = (classes: readonly string[]): string =>
  `note: no thresholds for ${classes.join(', ')}, so no verdicts: good pictures score as high as any defect could, so the model has ` +
  'not learnt them; train for more steps, with a lower learning rate or on more pictures';

/**
 * Thresholds of each class from good pictures the model was not trained on. Classes without such pictures, or without usable
 * thresholds, are left out.
 */
export async function calibrateByHeldBack(
  model: PyramidMamba,
  samples: readonly Sample[],
  onPicture: (done: number) => void,
): Promise<Record<string, Calibration>> {
  const size = model.config.inputSize;
  const pictures: Parameters<typeof calibrateClasses>[0][number][] = [];
  // decoded while the model works on the previous ones
  const loaded = ahead(samples, BATCH, async (sample) => (await sample.load(size)).image);
  for (let start = 0; start < samples.length; start += BATCH) {
    const part = samples.slice(start, start + BATCH);
    const judged = await judge(model, await taken(loaded, part.length));
    for (const [i, { className, label }] of part.entries()) {
      pictures.push({ className, label, score: judged[i]!.score, thinned: thinned(judged[i]!.map) });
    }
    onPicture(start + part.length);
  }
  return usableOnly(calibrateClasses(pictures));
}
