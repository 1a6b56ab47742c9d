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

/** A map resized bilinearly with half-pixel centres, PyTorch's align_corners=False. */
export function resizeHalfPixel({ height, width, data }: LevelMap, outH: number, outW: number): Float64Array {
  const rows = sources(height, outH);
  const columns = sources(width, outW);
  const out = new Float64Array(outH * outW);
  for (const [y, { low: y0, high: y1, share: fy }] of rows.entries())
    for (const [x, { low: x0, high: x1, share: fx }] of columns.entries()) {
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * outW + x] = top * (1 - fy) + bottom * fy;
    }
  return out;
}

/** For each position along an axis the two source positions and the share of the higher one. */
function sources(length: number, out: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: out }, (_, i) => {
    const at = Math.max(((i + 0.5) * length) / out - 0.5, 0);
    const low = Math.min(Math.floor(at), length - 1);
    return { low, high: Math.min(low + 1, length - 1), share: at - low };
  });
}
