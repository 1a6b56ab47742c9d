import { seededRandom } from '../random.js';

/** A seeded generator with the draws the products need; each sample owns its stream whatever else is drawn. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [lo, hi). */
  range(lo: number, hi: number): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** -1 or 1. */
  sign(): number;
  /** A seed for the lattice noise: 30 bits, which engines keep as a plain integer. */
  seed(): number;
}

/** The generator of the given keys: equal keys, equal draws. */
export function rngFor(...keys: (number | string)[]): Rng {
  const next = seededRandom('synthetic', ...keys);
  return {
    next,
    range: (lo, hi) => lo + (hi - lo) * next(),
    int: (n) => Math.floor(n * next()),
    sign: () => (next() < 0.5 ? -1 : 1),
    seed: () => Math.floor(next() * 0x4000_0000),
  };
}
