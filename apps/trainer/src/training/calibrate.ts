import { ahead, taken, type Sample } from '@pyramid-mamba/data';
import { heldBackThresholds, measure, type Model } from '@pyramid-mamba/inspect';
import { thinned } from '@pyramid-mamba/metrics';
import { inputOf, methodOf, type Calibration } from '@pyramid-mamba/model';
import { NEXT } from '../terminal/nextSteps.js';

const BATCH = 8;

/**
 * Thresholds of each class from good pictures the model was not trained on. Classes without such pictures, or without usable
 * thresholds, are left out.
 */
export async function calibrateByHeldBack(
  model: Model,
  samples: readonly Sample[],
  onPicture: (done: number) => void,
): Promise<Record<string, Calibration>> {
  const input = inputOf(model.config);
  const pictures: Parameters<typeof heldBackThresholds>[0][number][] = [];
  // decoded while the model works on the previous ones
  const loaded = ahead(samples, BATCH, async (sample) => (await sample.load(input)).image);
  for (let start = 0; start < samples.length; start += BATCH) {
    const part = samples.slice(start, start + BATCH);
    const judged = await measure(model, await taken(loaded, part.length), NEXT);
    for (const [i, { className, label }] of part.entries()) {
      pictures.push({ className, label, score: judged[i]!.score, thinned: thinned(judged[i]!.map) });
    }
    onPicture(start + part.length);
  }
  return heldBackThresholds(pictures, methodOf(model.config).largestScore(model.config)).calibration;
}
