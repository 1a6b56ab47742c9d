/**
 * Hash-based lattice noise: every value is a pure function of coordinates and a 32-bit seed, so a picture can be
 * drawn at any size, in any order, and twice (with and without a defect) with the same result.
 */

/** Hash of a lattice point. `ix`, `iy`: integers; `seed`: 32-bit integer. Returns a number in [0, 1). */
export function hash2(ix: number, iy: number, seed: number): number {
  let h = Math.imul(ix, 0x27d4eb2d) ^ Math.imul(iy, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Hash of one integer and a seed, in [-1, 1): the jitter of the i-th thread, wire, ... */
export function jitter(i: number, seed: number): number {
  return 2 * hash2(i, 7919, seed) - 1;
}

/** Smooth value noise with lattice spacing 1. Returns a number in [-1, 1], continuous with its first derivative. */
export function noise2(x: number, y: number, seed: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const fx = x - ix;
  const fy = y - iy;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const a = hash2(ix, iy, seed);
  const b = hash2(ix + 1, iy, seed);
  const c = hash2(ix, iy + 1, seed);
  const d = hash2(ix + 1, iy + 1, seed);
  const top = a + (b - a) * sx;
  return 2 * (top + (c + (d - c) * sx - top) * sy) - 1;
}

/** Fractal sum of `octaves` noises, each twice as fine and half as strong. Returns a number in [-1, 1]. */
export function fbm(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let weight = 1;
  let total = 0;
  for (let o = 0; o < octaves; o++) {
    sum += weight * noise2(x, y, seed + o * 101);
    total += weight;
    weight *= 0.5;
    x *= 2;
    y *= 2;
  }
  return sum / total;
}
