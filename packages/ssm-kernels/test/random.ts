/** Seeded uniform numbers in [low, high): mulberry32. */
export function uniform(seed: number, count: number, low = -1, high = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return low + ((high - low) * ((x ^ (x >>> 14)) >>> 0)) / 4294967296;
  });
}
