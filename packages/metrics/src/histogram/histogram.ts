import type { Scores } from '../metric.js';

/** Bits of a float32 that select its bin: sign, exponent and 11 bits of the mantissa, so a bin is 1/2048 of its score wide. */
const SHIFT = 12;
const HALF = 2 ** (31 - SHIFT);

/** Bins over the range of float32: those of negative scores, then the others. */
export const BINS = 2 * HALF + 1;

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** Bin of a score (float64 out of float32's range: the outermost); monotone in the score, the same for -0 and 0. */
export function binOf(score: number): number {
  float[0] = score;
  const bits = word[0]!;
  return bits >= 0 ? HALF + (bits >>> SHIFT) : HALF - ((bits & 0x7fffffff) >>> SHIFT);
}

/** The largest float32 of a bin. */
export function topOf(bin: number): number {
  word[0] = bin >= HALF ? ((bin - HALF) << SHIFT) | (2 ** SHIFT - 1) : (HALF - bin) << SHIFT;
  return bin >= HALF ? float[0]! : -float[0]!;
}

/** Counts the scores whose label is 0, all without labels, into `bins`. */
export function countBins(bins: Float64Array, scores: Scores, labels?: Uint32Array): void {
  for (let k = 0; k < scores.length; k++) {
    if (labels === undefined || labels[k] === 0) bins[binOf(scores[k]!)]!++;
  }
}
