import type { Scores } from '../metric.js';

/** Below this length the 3 x 2048 counters of the radix sort cost more than comparing. */
const RADIX_FROM = 4096;

/**
 * Sorts finite scores ascending, in place. -0 and 0 are equal scores and may come out in either order.
 * Float32Array: least-significant-digit radix sort over the bit patterns, linear in the length, with a second copy in
 * `scratch` if it is given and long enough.
 */
export function sortScores(values: Scores, scratch?: Uint32Array): void {
  if (values instanceof Float32Array && values.length >= RADIX_FROM) {
    radixSortFloat32(values, scratch ?? new Uint32Array(values.length));
  } else values.sort();
}

function radixSortFloat32(values: Float32Array, scratch: Uint32Array): void {
  const n = values.length;
  const keys = new Uint32Array(values.buffer, values.byteOffset, n);
  const low = new Uint32Array(2048);
  const middle = new Uint32Array(2048);
  const high = new Uint32Array(1024);

  // IEEE bits order like unsigned integers once negatives are inverted and the sign bit of the others is set.
  for (let i = 0; i < n; i++) {
    const bits = keys[i]!;
    const key = bits ^ ((bits >> 31) | 0x80000000);
    keys[i] = key;
    low[key & 2047]!++;
    middle[(key >>> 11) & 2047]!++;
    high[key >>> 22]!++;
  }
  toOffsets(low);
  toOffsets(middle);
  toOffsets(high);

  for (let i = 0; i < n; i++) {
    const key = keys[i]!;
    scratch[low[key & 2047]!++] = key;
  }
  for (let i = 0; i < n; i++) {
    const key = scratch[i]!;
    keys[middle[(key >>> 11) & 2047]!++] = key;
  }
  for (let i = 0; i < n; i++) {
    const key = keys[i]!;
    scratch[high[key >>> 22]!++] = key;
  }
  for (let i = 0; i < n; i++) {
    const key = scratch[i]!;
    keys[i] = key ^ (((key >>> 31) - 1) | 0x80000000);
  }
}

/** Counts become the first position of each digit. */
function toOffsets(counts: Uint32Array): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    counts[i] = sum;
    sum += count;
  }
}
