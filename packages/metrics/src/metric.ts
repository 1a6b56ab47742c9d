/**
 * A measured figure, a fraction of 1. If the data leave it undefined (one class only, no anomaly) it is
 * `null` with the reason, so that no reader averages a NaN or mistakes a conventional 0 for a result.
 */
export type Metric = { readonly value: number } | { readonly value: null; readonly reason: string };

/**
 * `paper`: the rules of the authors' evaluation code (pixel F1-max over 21 thresholds, AU-PRO over 100 steps with
 * the false positive rate rescaled by its own range). `exact`: every distinct score is a threshold.
 */
export type Protocol = 'paper' | 'exact';

/** Float scores; Float32Array is sorted by radix, Float64Array by comparison, both exactly. */
export type Scores = Float32Array | Float64Array;

export function defined(value: number): Metric {
  return { value };
}

export function undefinedMetric(reason: string): Metric {
  return { value: null, reason };
}

export const NO_ANOMALOUS = 'there is no anomalous sample, so recall is undefined';
export const NO_NORMAL = 'there is no normal sample, so the false positive rate is undefined';
