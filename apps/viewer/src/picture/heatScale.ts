import type { Calibration } from '@pyramid-mamba/model';
import type { HeatScale } from './heat.js';

/** Colours start at the level of good pictures and are half-way at the reject threshold: the same in every picture of a class. */
export function scaleOf(calibration: Calibration | null, map: Float32Array): HeatScale {
  if (calibration) {
    const { background, reject } = calibration;
    return { low: background, high: Math.max(2 * reject - background, background) };
  }
  // without thresholds each picture has its own scale
  return { low: 0, high: map.reduce((most, value) => Math.max(most, value), 0) };
}
