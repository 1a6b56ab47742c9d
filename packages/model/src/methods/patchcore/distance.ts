/** Values after which a distance beyond the limit is given up. */
const STRIDE = 16;

/**
 * The squared Euclidean distance of two vectors of float32 values, in float64; where it exceeds `limit`, any value above `limit`.
 * All of this method's exact distances come from here, so that equal vectors have equal distances to the last bit.
 */
export function squaredDistance(
  a: Float32Array,
  aAt: number,
  b: Float32Array,
  bAt: number,
  dims: number,
  limit = Infinity,
): number {
  let sum = 0;
  let at = 0;
  while (at + STRIDE <= dims) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (const end = at + STRIDE; at < end; at += 4) {
      const d0 = a[aAt + at]! - b[bAt + at]!;
      const d1 = a[aAt + at + 1]! - b[bAt + at + 1]!;
      const d2 = a[aAt + at + 2]! - b[bAt + at + 2]!;
      const d3 = a[aAt + at + 3]! - b[bAt + at + 3]!;
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    sum += s0 + s1 + (s2 + s3);
    if (sum > limit) return sum;
  }
  for (; at < dims; at++) sum += (a[aAt + at]! - b[bAt + at]!) ** 2;
  return sum;
}
