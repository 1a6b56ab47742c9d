import { calibrate } from '@pyramid-mamba/metrics';
import type { Calibration, PyramidMamba } from '@pyramid-mamba/model';
import type { Sample } from '@pyramid-mamba/data';
import { judge } from './judge.js';
import { quantile } from './heatMap.js';

/** Every so many pixels one is kept for levels and colour scales; a prime, so that it meets every column. */
const STRIDE = 31;
/** Share of the good pictures' pixels that heat maps leave clear. */
const BACKGROUND_QUANTILE = 0.95;
const BATCH = 8;

/** What thresholds are set by: a judged picture. */
export interface CalibrationPicture {
  label: 0 | 1;
  score: number;
  /** Every so many pixels of its map. */
  thinned: Float32Array;
}

export const thinned = (map: Float32Array): Float32Array => map.filter((_, p) => p % STRIDE === 0);

/**
 * The thresholds of one class, as the metrics package's `calibrate` sets them, or undefined where there is no good picture to
 * set them by.
 */
export function calibrateClass(pictures: readonly CalibrationPicture[]): Calibration | undefined {
  const good = pictures.filter(({ label }) => label === 0);
  if (good.length === 0) return undefined;
  const scoresOf = (wanted: 0 | 1) =>
    pictures.filter(({ label }) => label === wanted).map(({ score }) => score);
  const { scoreRange, ...found } = calibrate(scoresOf(0), { defectScores: scoresOf(1) });
  return { ...found, scoreRange: [...scoreRange], background: quantile(joined(good), BACKGROUND_QUANTILE) };
}

/** All values in one array. */
export function joined(pictures: readonly Pick<CalibrationPicture, 'thinned'>[]): Float32Array {
  const out = new Float32Array(pictures.reduce((sum, { thinned }) => sum + thinned.length, 0));
  let at = 0;
  for (const { thinned } of pictures) {
    out.set(thinned, at);
    at += thinned.length;
  }
  return out;
}

/** Thresholds of each class from good pictures the model was not trained on. Classes without such pictures are left out. */
export async function calibrateByHeldBack(
  model: PyramidMamba,
  samples: readonly Sample[],
  onPicture: (done: number) => void,
): Promise<Record<string, Calibration>> {
  const size = model.config.inputSize;
  const found = new Map<string, CalibrationPicture[]>();
  for (let start = 0; start < samples.length; start += BATCH) {
    const part = samples.slice(start, start + BATCH);
    const pictures = await Promise.all(part.map(async (sample) => (await sample.load(size)).image));
    const judged = await judge(model, pictures);
    for (const [i, { className, label }] of part.entries()) {
      const own = found.get(className) ?? [];
      own.push({ label, score: judged[i]!.score, thinned: thinned(judged[i]!.map) });
      found.set(className, own);
    }
    onPicture(start + part.length);
  }
  return Object.fromEntries(
    [...found].flatMap(([name, pictures]) => {
      const calibration = calibrateClass(pictures);
      return calibration ? [[name, calibration]] : [];
    }),
  );
}
