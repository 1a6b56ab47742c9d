import { heatIndex, heatOpacity, heatPosition, type HeatScale } from '@pyramid-mamba/runs';

/**
 * A map in colours, (pixels, 4) bytes RGBA. Over a picture the opacity rises with the score: transparent at the scale's low end,
 * `opacity` (0..1) from its middle on. Without a picture (`alone`) every pixel is opaque.
 */
export function heatPixels(
  map: ArrayLike<number>,
  scale: HeatScale,
  table: Uint8Array,
  opacity: number,
  alone: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(map.length * 4);
  for (let i = 0; i < map.length; i++) {
    const t = heatPosition(map[i]!, scale);
    const color = heatIndex(t);
    out[i * 4] = table[color]!;
    out[i * 4 + 1] = table[color + 1]!;
    out[i * 4 + 2] = table[color + 2]!;
    out[i * 4 + 3] = alone ? 255 : 255 * heatOpacity(t, opacity);
  }
  return out;
}
