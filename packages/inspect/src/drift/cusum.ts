/** Mean and standard deviation of a quantity while all was well, and of how many pictures. */
export interface Baseline {
  readonly mean: number;
  readonly sd: number;
  readonly count: number;
}

/** Of a change, in standard deviations, that is allowed; more by two standard errors of the usual mean, which few pictures do not tell well. */
const SLACK = 0.75;
const slackOf = (count: number): number => SLACK + 2 / Math.sqrt(count);
/** Sum of what exceeds the slack from which a change counts. Independent normal values reach it once in a hundred thousand. */
export const LIMIT = 8;
/** No single picture counts for more standard deviations: one dark picture is a dark picture. */
const MOST = 4;
/** The sum does not grow beyond this multiple of the limit, so that a warning ends soon after its cause. */
const CEILING = 1.5;

/** Two-sided cumulative sum of deviations (Page, 1954). */
export interface Cusum {
  high: number;
  low: number;
}

/** After one more value. */
export function added({ high, low }: Cusum, value: number, { mean, sd, count }: Baseline): Cusum {
  const z = Math.max(-MOST, Math.min(MOST, (value - mean) / sd));
  const slack = slackOf(count);
  const bounded = (sum: number) => Math.max(0, Math.min(CEILING * LIMIT, sum));
  return { high: bounded(high + z - slack), low: bounded(low - z - slack) };
}

/** Of values, the deviation rather too large than too small: by two of its own standard errors. `least` is the smallest that is believed. */
export function baselineOf(values: readonly number[], least: number): Baseline {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return {
    mean,
    sd: Math.max(least, Math.sqrt(variance) * (1 + Math.sqrt(2 / values.length))),
    count: values.length,
  };
}
