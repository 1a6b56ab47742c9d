import type { Scores } from './metric.js';
import { sortScores } from './sort.js';

/**
 * Scores of one class in sorted form; every metric is read off it, so the pixels are sorted once.
 *
 * Only scores that an anomalous sample has can raise recall, so the ROC, PR and PRO curves have their corners
 * there: the arrays below have one entry for each distinct score of an anomalous sample, highest first.
 */
export interface Ranking {
  readonly positiveCount: number;
  readonly negativeCount: number;
  /** Range over all samples; +Infinity and -Infinity where there is none. */
  readonly min: number;
  readonly max: number;
  /** (negativeCount) scores of the normal samples, ascending. */
  readonly negatives: Scores;
  /** (t) distinct scores of the anomalous samples, descending. */
  readonly thresholds: Scores;
  /** (t) anomalous samples with score >= thresholds[i]. */
  readonly tp: Uint32Array;
  /** (t) normal samples with score > thresholds[i]. */
  readonly fpAbove: Uint32Array;
  /** (t) normal samples with score >= thresholds[i]. */
  readonly fp: Uint32Array;
}

/** Ranks finite scores; sorts both arrays in place and keeps `negatives`. */
export function rank(positives: Scores, negatives: Scores): Ranking {
  sortScores(positives);
  sortScores(negatives);
  const p = positives.length;
  const n = negatives.length;

  let distinct = p > 0 ? 1 : 0;
  for (let i = 1; i < p; i++) if (positives[i] !== positives[i - 1]) distinct++;

  const thresholds =
    positives instanceof Float32Array ? new Float32Array(distinct) : new Float64Array(distinct);
  const tp = new Uint32Array(distinct);
  const fpAbove = new Uint32Array(distinct);
  const fp = new Uint32Array(distinct);
  let i = p; // positives[i..] and negatives[j..] are counted already
  let j = n;
  for (let t = 0; t < distinct; t++) {
    const score = positives[i - 1]!;
    while (i > 0 && positives[i - 1] === score) i--;
    while (j > 0 && negatives[j - 1]! > score) j--;
    fpAbove[t] = n - j;
    while (j > 0 && negatives[j - 1] === score) j--;
    thresholds[t] = score;
    tp[t] = p - i;
    fp[t] = n - j;
  }
  return {
    positiveCount: p,
    negativeCount: n,
    min: Math.min(positives[0] ?? Infinity, negatives[0] ?? Infinity),
    max: Math.max(positives[p - 1] ?? -Infinity, negatives[n - 1] ?? -Infinity),
    negatives,
    thresholds,
    tp,
    fpAbove,
    fp,
  };
}

/**
 * Ranks `scores` (n) by `labels` (n; 0 normal, anything else anomalous). `where` names the caller in errors.
 * Throws on unequal lengths, a score that is not finite, a label that is NaN.
 */
export function rankScores(where: string, scores: ArrayLike<number>, labels: ArrayLike<number>): Ranking {
  const n = scores.length;
  if (labels.length !== n) {
    throw new Error(
      `${where}: scores and labels must have the same length, got ${n} scores and ${labels.length} labels; ` +
        'pass one label for each score.',
    );
  }
  let p = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (Number.isNaN(label)) throw new Error(`${where}: labels must be 0 or 1, got NaN at index ${i}.`);
    if (label !== 0) p++;
  }
  const single = scores instanceof Float32Array;
  const positives = single ? new Float32Array(p) : new Float64Array(p);
  const negatives = single ? new Float32Array(n - p) : new Float64Array(n - p);
  let a = 0;
  let b = 0;
  for (let i = 0; i < n; i++) {
    const score = scores[i]!;
    if (!Number.isFinite(score)) {
      throw new Error(
        `${where}: scores must be finite, got ${score} at index ${i}; check the model that produced it.`,
      );
    }
    if (labels[i] !== 0) positives[a++] = score;
    else negatives[b++] = score;
  }
  return rank(positives, negatives);
}

/**
 * Number of leading entries of 0..length-1 for which `holds` is true, given that it is true for a prefix only.
 */
export function prefixLength(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Counts at a cut: `slots`, how many of `thresholds` are accepted, and `fp`, how many normal samples are.
 * `accepted` must be monotone: true from some score on.
 */
export function countAccepted(
  ranking: Ranking,
  accepted: (score: number) => boolean,
): { readonly slots: number; readonly fp: number } {
  const { thresholds, negatives } = ranking;
  return {
    slots: prefixLength(thresholds.length, (i) => accepted(thresholds[i]!)),
    fp: negatives.length - prefixLength(negatives.length, (i) => !accepted(negatives[i]!)),
  };
}
