/** The scores that get the first and the last colour. */
export interface HeatScale {
  readonly low: number;
  readonly high: number;
}

/**
 * A map in colours, (pixels, 4) bytes RGBA. Over a picture the opacity rises with the score: transparent at the scale's low end,
 * `opacity` (0..1) from its middle on. Without a picture (`alone`) every pixel is opaque.
 */
export function heatPixels(
  map: ArrayLike<number>,
  { low, high }: HeatScale,
  table: Uint8Array,
  opacity: number,
  alone: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(map.length * 4);
  const span = Math.max(high - low, Number.EPSILON);
  for (let i = 0; i < map.length; i++) {
    const t = Math.min(1, Math.max(0, (map[i]! - low) / span));
    const color = Math.round(t * 255) * 3;
    out[i * 4] = table[color]!;
    out[i * 4 + 1] = table[color + 1]!;
    out[i * 4 + 2] = table[color + 2]!;
    out[i * 4 + 3] = alone ? 255 : 255 * opacity * Math.min(1, 2 * t);
  }
  return out;
}
