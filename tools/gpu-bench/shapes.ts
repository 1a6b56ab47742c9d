import type { SCAN_GRADIENT_ORDER } from '../../packages/ssm-kernels/src/kernels/signatures.js';

/** Every input of a scan. */
export type Inputs = Record<(typeof SCAN_GRADIENT_ORDER)[number], Float32Array>;

/** A map of the decoder. */
export interface Shape {
  readonly side: number;
  readonly channels: number;
}

/** The decoder's four stages at 256×256: the map's side and d_inner. */
export const DECODER: readonly Shape[] = [
  { side: 8, channels: 1024 },
  { side: 16, channels: 512 },
  { side: 32, channels: 256 },
  { side: 64, channels: 128 },
];

export const STATES = 16;
export const GRIDS = [1, 2];
export const DIRECTIONS = 4;

/** Seeded numbers in [low, high): mulberry32. */
export function uniform(seed: number, length: number, low: number, high: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    out[i] = low + ((t ^ (t >>> 14)) >>> 0) * 2 ** -32 * (high - low);
  }
  return out;
}

/** Seeded inputs of a pyramidScan, as in a trained network: steps of about 0.02 to 1, A in (-16, -1). */
export function scanInputs(seed: number, batch: number, { side, channels }: Shape): Inputs {
  const pixels = batch * side * side;
  return {
    u: uniform(seed, pixels * channels, -1.5, 1.5),
    delta: uniform(seed + 1, pixels * DIRECTIONS * channels, -1, 2),
    A: uniform(seed + 2, DIRECTIONS * channels * STATES, -16, -1),
    B: uniform(seed + 3, pixels * DIRECTIONS * STATES, -1, 1),
    C: uniform(seed + 4, pixels * DIRECTIONS * STATES, -1, 1),
    D: uniform(seed + 5, DIRECTIONS * channels, 0.5, 1.5),
    deltaBias: uniform(seed + 6, DIRECTIONS * channels, -4, -2),
  };
}
