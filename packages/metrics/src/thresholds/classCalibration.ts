import { byName, groupedBy } from '../byName.js';
import { calibrate, type Calibration, type CalibrateOptions } from './calibration.js';

/**
 * Sampling stride of pixels for levels and colour scales: a prime, so that it meets every column of a map whose side it does not
 * divide; the next one for those it does.
 */
const STRIDES = [31, 37, 41] as const;
/** Share of the good pictures' pixels that heat maps leave transparent. */
const BACKGROUND_QUANTILE = 0.95;

/** A judged picture, the basis of a class's thresholds. */
export interface CalibrationPicture {
  label: 0 | 1;
  /** Whether its defect was drawn by a program. */
  drawn?: boolean;
  /** Raw score. */
  score: number;
  /** Sampled pixels of its map, see `thinned`; those of defective pictures are not read. */
  thinned: Float32Array;
}

/**
 * Sampled pixels of an anomaly map, row-major, from every column: enough for the distribution of its values.
 *
 * @param width of the map in pixels; by default it is square
 */
export function thinned(map: Float32Array, width = Math.round(Math.sqrt(map.length))): Float32Array {
  const stride = STRIDES.find((one) => width % one !== 0) ?? 1;
  return map.filter((_, p) => p % stride === 0);
}

/** The `q`-quantile (0..1, nearest rank) of `values`. Throws a RangeError without values. */
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

/** The thresholds of a class and the level at which its heat maps start, as stored in a model file. */
export interface ClassCalibration extends Omit<Calibration, 'scoreRange'> {
  review: number;
  reject: number;
  method: Calibration['method'];
  goodCount: number;
  defectCount: number;
  scoreRange: [number, number];
  /** The 95 % quantile of the anomaly map over the pixels of good pictures; without pixels the smallest score. */
  background: number;
}

/** The thresholds of one class, as `calibrate` sets them, or undefined without a good picture. */
export function calibrateClass(
  pictures: readonly CalibrationPicture[],
  options: Pick<CalibrateOptions, 'maxFalseRejects'> = {},
): ClassCalibration | undefined {
  const good = pictures.filter(({ label }) => label === 0);
  if (good.length === 0) return undefined;
  const scoresOf = (which: readonly CalibrationPicture[]) => which.map(({ score }) => score);
  const defective = pictures.filter(({ label }) => label === 1);
  const { scoreRange, ...found } = calibrate(scoresOf(good), {
    ...options,
    defectScores: scoresOf(defective.filter(({ drawn }) => drawn !== true)),
    drawnScores: scoresOf(defective.filter(({ drawn }) => drawn === true)),
  });
  const pixels = joined(good);
  const background = pixels.length > 0 ? quantile(pixels, BACKGROUND_QUANTILE) : scoreRange[0];
  return { ...found, scoreRange: [...scoreRange], background };
}

/** Thresholds of each class. Classes without a good picture are skipped. */
export function calibrateClasses(
  pictures: readonly (CalibrationPicture & { className: string })[],
  options: Pick<CalibrateOptions, 'maxFalseRejects'> = {},
): Record<string, ClassCalibration> {
  const found = byName<ClassCalibration>();
  for (const [name, own] of groupedBy(pictures, ({ className }) => className)) {
    const calibration = calibrateClass(own, options);
    if (calibration) found[name] = calibration;
  }
  return found;
}
