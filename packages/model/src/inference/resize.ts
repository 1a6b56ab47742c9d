import type { LevelMap } from './levels.js';

/** A map resized bilinearly with aligned corners. */
export function resizeAlignCorners(
  { height, width, data }: LevelMap,
  outH: number,
  outW: number,
): Float64Array {
  const out = new Float64Array(outH * outW);
  const scaleY = outH > 1 ? (height - 1) / (outH - 1) : 0;
  const scaleX = outW > 1 ? (width - 1) / (outW - 1) : 0;
  for (let y = 0; y < outH; y++) {
    const sy = y * scaleY;
    const y0 = Math.floor(sy);
    const y1 = Math.min(y0 + 1, height - 1);
    const fy = sy - y0;
    for (let x = 0; x < outW; x++) {
      const sx = x * scaleX;
      const x0 = Math.floor(sx);
      const x1 = Math.min(x0 + 1, width - 1);
      const fx = sx - x0;
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * outW + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}
