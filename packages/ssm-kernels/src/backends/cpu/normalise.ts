/** `count` values of x, from `offset` on, `stride` apart: n = (x − mean)·scale, scale = 1 / √(variance + ε), biased variance. */
export function normalise(
  x: ArrayLike<number>,
  offset: number,
  count: number,
  stride: number,
  epsilon: number,
): { n: Float64Array; scale: number; mean: number; variance: number } {
  const n = Float64Array.from({ length: count }, (_, i) => x[offset + i * stride]!);
  const mean = n.reduce((sum, v) => sum + v, 0) / count;
  const variance = n.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  const scale = 1 / Math.sqrt(variance + epsilon);
  return { n: n.map((v) => (v - mean) * scale), scale, mean, variance };
}

/** The gradient of x, given the gradient of n: dx = (dn − mean(dn) − n·mean(dn·n))·scale. */
export function normaliseGrad(n: Float64Array, scale: number, dn: Float64Array): Float64Array {
  const meanDn = dn.reduce((sum, v) => sum + v, 0) / n.length;
  const meanDnN = dn.reduce((sum, v, i) => sum + v * n[i]!, 0) / n.length;
  return dn.map((v, i) => (v - meanDn - n[i]! * meanDnN) * scale);
}
