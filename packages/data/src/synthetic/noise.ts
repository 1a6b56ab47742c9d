/**
 * Hash-based lattice noise: every value is a pure function of coordinates and a 32-bit seed, so a picture can be
 * drawn at any size, in any order, and twice (with and without a defect) with the same result.
 */

/** Hash of a lattice point. `ix`, `iy`: integers; `seed`: an integer below 2^31. Returns a number in [0, 1). */
export function hash2(ix: number, iy: number, seed: number): number {
  return scramble(Math.imul(ix, X) ^ Math.imul(iy, Y) ^ Math.imul(seed, S));
}

/** Odd multipliers that spread x, y and the seed over the word before it is scrambled. */
const X = 0x27d4eb2d;
const Y = 0x165667b1;
const S = 0x9e3779b1;

/** Finaliser of MurmurHash3, scaled to [0, 1). */
function scramble(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) * 2.3283064365386963e-10;
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
  // hash2 at the four corners, its products shared: this function is most of the cost of a picture
  const x0 = Math.imul(ix, X);
  const x1 = (x0 + X) | 0;
  const y0 = Math.imul(iy, Y);
  const s0 = Math.imul(seed, S);
  const y1 = ((y0 + Y) | 0) ^ s0;
  const a = scramble(x0 ^ y0 ^ s0);
  const b = scramble(x1 ^ y0 ^ s0);
  const c = scramble(x0 ^ y1);
  const d = scramble(x1 ^ y1);
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
