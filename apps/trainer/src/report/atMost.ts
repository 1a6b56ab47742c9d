/** Probability that a one-sided limit is kept. */
const CONFIDENCE = 0.95;

/** Probability of at most `count` of `total` where each happens with probability `share`, 0 < share < 1. */
function probabilityOfAtMost(count: number, total: number, share: number): number {
  let logTerm = total * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= count; k++) {
    logTerm += Math.log((total - k + 1) / k) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/**
 * The largest share, 0 to 1, that is compatible with `count` of `total` observations at 95 % confidence, one-sided (Clopper and Pearson,
 * 1934): for 0 of 20 it is 0.14. 1 without observations.
 */
export function shareAtMost(count: number, total: number): number {
  if (count >= total) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(count, total, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}
