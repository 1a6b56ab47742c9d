import { DistinctScores } from '../counting/distinctScores.js';
import { edgesOf, readSegment, type Fold, type Totals } from '../counting/ranking.js';
import { Tally } from '../counting/tally.js';

/**
 * Computes a figure of `scores` (n) with `labels` (n; 0 normal, anything else anomalous). `where` names the caller in
 * errors. Throws on unequal lengths, a score that is not finite, a label that is NaN.
 */
export function foldSamples<R>(
  where: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  figure: (totals: Totals) => Fold<R>,
): R {
  const totals = checkSamples(where, scores, labels);
  const { positiveCount, negativeCount } = totals;
  const fold = figure(totals);
  if (positiveCount === 0) return fold.result();

  const single = scores instanceof Float32Array;
  const distinct = new DistinctScores(positiveCount);
  if (!single) distinct.widen();
  for (let i = 0; i < scores.length; i++) if (labels[i] !== 0) distinct.add(scores[i]!);
  const thresholds = distinct.take();
  const edges = edgesOf(thresholds, [fold]);
  const tally = new Tally(edges, negativeCount, positiveCount, single);
  for (let i = 0; i < scores.length; i++) if (labels[i] !== 0) tally.addAnomalous(scores[i]!, 0);
  const typed = single || scores instanceof Float64Array ? scores : Float64Array.from(scores);
  tally.addNormal(typed, labels);
  tally.finish();
  fold.add(readSegment(tally, edges, thresholds, totals, 0));
  return fold.result();
}

/** Counts and range of samples, checked. */
export function checkSamples(where: string, scores: ArrayLike<number>, labels: ArrayLike<number>): Totals {
  const n = scores.length;
  if (labels.length !== n) {
    throw new Error(
      `${where}: scores and labels must have the same length, got ${n} scores and ${labels.length} labels; ` +
        'pass one label for each score.',
    );
  }
  let positiveCount = 0;
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < n; i++) {
    const score = scores[i]!;
    const label = labels[i]!;
    if (Number.isNaN(label)) throw new Error(`${where}: labels must be 0 or 1, got NaN at index ${i}.`);
    if (!Number.isFinite(score)) {
      throw new Error(
        `${where}: scores must be finite, got ${score} at index ${i}; check the model that produced it.`,
      );
    }
    if (label !== 0) positiveCount++;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  return { positiveCount, negativeCount: n - positiveCount, min, max };
}
