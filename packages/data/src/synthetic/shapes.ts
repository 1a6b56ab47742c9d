/** Scalar helpers and signed distance functions (negative inside) that the products and defects are drawn with. */

/** `x` limited to [0, 1]. */
export const clamp01 = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);

/** Length of (x, y): Math.hypot guards against overflow, which costs ten times as much. */
export const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** Linear blend from `a` (t = 0) to `b` (t = 1). */
export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** Hermite step: 0 for x <= lo, 1 for x >= hi, smooth between; lo < hi. */
export function smoothstep(lo: number, hi: number, x: number): number {
  const t = clamp01((x - lo) / (hi - lo));
  return t * t * (3 - 2 * t);
}

/**
 * Half width of the soft edge of every drawn shape, in picture widths. It is a fixed length (0.4 pixel at 128)
 * rather than a fixed number of pixels, so that a picture drawn larger is the same picture with more detail.
 */
export const EDGE = 0.003;

/** Coverage in [0, 1] of a shape whose signed distance is `d` (picture widths, negative inside). */
export const cover = (d: number, edge: number = EDGE): number => 1 - smoothstep(-edge, edge, d);

/** Signed distance to a box centred at the origin with half sizes hx, hy and corner radius r. */
export function boxDistance(x: number, y: number, hx: number, hy: number, r: number): number {
  const qx = Math.abs(x) - hx + r;
  const qy = Math.abs(y) - hy + r;
  const ox = qx > 0 ? qx : 0;
  const oy = qy > 0 ? qy : 0;
  return Math.sqrt(ox * ox + oy * oy) + Math.min(Math.max(qx, qy), 0) - r;
}

/** Colour as red, green, blue in 0..1 (display values, not linear light). */
export type Colour = readonly [number, number, number];

/** Blends `rgb` in place towards `colour` by `t` in [0, 1]. */
export function paint(rgb: Float64Array, colour: Colour, t: number): void {
  rgb[0] = rgb[0]! + (colour[0] - rgb[0]!) * t;
  rgb[1] = rgb[1]! + (colour[1] - rgb[1]!) * t;
  rgb[2] = rgb[2]! + (colour[2] - rgb[2]!) * t;
}

/** Multiplies `rgb` in place by `f`. */
export function scale(rgb: Float64Array, f: number): void {
  rgb[0] = rgb[0]! * f;
  rgb[1] = rgb[1]! * f;
  rgb[2] = rgb[2]! * f;
}

/** Multiplies `rgb` in place by `colour`, `t` of the way (0: not at all). */
export function tint(rgb: Float64Array, colour: Colour, t: number): void {
  rgb[0] = rgb[0]! * (1 + (colour[0] - 1) * t);
  rgb[1] = rgb[1]! * (1 + (colour[1] - 1) * t);
  rgb[2] = rgb[2]! * (1 + (colour[2] - 1) * t);
}

/** Adds `f` to all three channels in place (a white highlight; the rasteriser clips). */
export function add(rgb: Float64Array, f: number): void {
  rgb[0] = rgb[0]! + f;
  rgb[1] = rgb[1]! + f;
  rgb[2] = rgb[2]! + f;
}
