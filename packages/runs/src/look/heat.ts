import type { Calibration } from '@pyramid-mamba/metrics';

/** The colour scale of a run: each class has its own start, all share one span. */
export interface RunScale {
  readonly low: Readonly<Record<string, number>>;
  readonly span: number;
}

/** The scores that get the first and the last colour, the same for all pictures of a class in a run. */
export interface HeatScale {
  readonly low: number;
  readonly high: number;
}

/** 0 at the scale's low end, 1 at its high end, clamped. */
export function heatPosition(score: number, { low, high }: HeatScale): number {
  return Math.min(1, Math.max(0, (score - low) / Math.max(high - low, Number.EPSILON)));
}

/** Over a picture the opacity rises with the position: transparent at the low end, `opacity` (0..1) from the middle on. */
export const heatOpacity = (position: number, opacity: number): number => opacity * Math.min(1, 2 * position);

/** The index of a position's red byte in a table of 256 colours, (256, 3). */
export const heatIndex = (position: number): number => Math.round(position * 255) * 3;

/** Colours start at the level of good pictures and are half-way at the reject threshold: the same in every picture of a class. */
export function scaleOf(
  calibration: (Pick<Calibration, 'reject'> & { readonly background: number }) | null,
  map: Float32Array,
): HeatScale {
  if (calibration) {
    const { background, reject } = calibration;
    return { low: background, high: Math.max(2 * reject - background, background) };
  }
  // without thresholds each picture has its own scale
  return { low: 0, high: map.reduce((most, value) => Math.max(most, value), 0) };
}
