import { calibrate, type Calibration } from './calibration.js';

/** Every so many pixels one is kept for levels and colour scales; a prime, so that it meets every column. */
const STRIDE = 31;
/** Share of the good pictures' pixels that heat maps leave clear. */
const BACKGROUND_QUANTILE = 0.95;

/** What a class's thresholds are set by: a judged picture. */
export interface CalibrationPicture {
  label: 0 | 1;
  /** Raw score. */
  score: number;
  /** Every so many pixels of its map, see `thinned`. */
  thinned: Float32Array;
}

/** Every so many pixels of an anomaly map: enough to know how its values are spread. */
export const thinned = (map: Float32Array): Float32Array => map.filter((_, p) => p % STRIDE === 0);

/** The value that the share `q` (0..1) of `values` does not exceed (nearest rank). Throws a RangeError for no values. */
export function quantile(values: Float32Array, q: number): number {
  if (values.length === 0) throw new RangeError('quantile: no values');
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

/** The thinned maps of pictures in one array. */
export function joined(pictures: readonly Pick<CalibrationPicture, 'thinned'>[]): Float32Array {
  const out = new Float32Array(pictures.reduce((sum, { thinned }) => sum + thinned.length, 0));
  let at = 0;
  for (const { thinned } of pictures) {
    out.set(thinned, at);
    at += thinned.length;
  }
  return out;
}

/** The thresholds of a class and the level at which its heat maps begin, as a model file keeps them. */
export interface ClassCalibration extends Omit<Calibration, 'scoreRange'> {
  review: number;
  reject: number;
  method: Calibration['method'];
  goodCount: number;
  defectCount: number;
  scoreRange: [number, number];
  /** The anomaly map's value that 95 of 100 pixels of good pictures stay below. */
  background: number;
}

/** The thresholds of one class, as `calibrate` sets them, or undefined where there is no good picture to set them by. */
export function calibrateClass(pictures: readonly CalibrationPicture[]): ClassCalibration | undefined {
  const good = pictures.filter(({ label }) => label === 0);
  if (good.length === 0) return undefined;
  const scoresOf = (wanted: 0 | 1) =>
    pictures.filter(({ label }) => label === wanted).map(({ score }) => score);
  const { scoreRange, ...found } = calibrate(scoresOf(0), { defectScores: scoresOf(1) });
  return { ...found, scoreRange: [...scoreRange], background: quantile(joined(good), BACKGROUND_QUANTILE) };
}

/** Thresholds of each class. Classes without a good picture are left out. */
export function calibrateClasses(
  pictures: readonly (CalibrationPicture & { className: string })[],
): Record<string, ClassCalibration> {
  const found: Record<string, ClassCalibration> = {};
  for (const name of new Set(pictures.map(({ className }) => className))) {
    const calibration = calibrateClass(pictures.filter(({ className }) => className === name));
    if (calibration) found[name] = calibration;
  }
  return found;
}
