import type { Calibration } from '@pyramid-mamba/model';
import type { HeatScale } from './heat.js';

/** Colours begin at what good pictures reach and are half-way up at the reject threshold: the same in every picture of a class. */
export function scaleOf(calibration: Calibration | null, map: Float32Array): HeatScale {
  if (calibration) {
    const { background, reject } = calibration;
    return { low: background, high: Math.max(2 * reject - background, background) };
  }
  // no thresholds, no fixed scale: then each picture has its own
  return { low: 0, high: map.reduce((most, value) => Math.max(most, value), 0) };
}
