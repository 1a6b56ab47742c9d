import { selfTestOf, thresholdsFrom } from '@pyramid-mamba/inspect';
import { auroc } from '@pyramid-mamba/metrics';
import type { Measured } from './models.ts';

/** Ranks from 1, the mean rank for equal values. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/** Spearman's rank correlation. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length + 1) / 2;
  const sum = (left: readonly number[], right: readonly number[]) =>
    left.reduce((total, value, i) => total + (value - mean) * (right[i]! - mean), 0);
  return sum(x, y) / Math.sqrt(sum(x, x) * sum(y, y));
}

/** A model's self-test beside the truth about it. */
export function rowOf({ plan, records, real }: Measured) {
  const calibration = thresholdsFrom(records);
  const thresholds = calibration[plan.product]!;
  const test = selfTestOf(records, calibration)[plan.product]!;
  const scores = real.map(({ score }) => score);
  const truth =
    auroc(
      scores,
      real.map(({ label }) => label),
    ).value ?? NaN;
  const defective = real.filter(({ label }) => label === 1);
  const unseen = real.filter(({ label }) => label === 0);
  return {
    plan,
    test,
    truth,
    escaped: defective.filter(({ score }) => score < thresholds.review).length,
    defective: defective.length,
    refused: unseen.filter(({ score }) => score >= thresholds.reject).length,
    unseen: unseen.length,
  };
}

/** The table in Markdown, and the rank correlation of the figure with the real image AU-ROC. */
export function tableOf(measured: readonly Measured[]): string {
  const rows = measured.map(rowOf).sort((a, b) => b.test.figure - a.test.figure);
  const lines = rows.map(
    ({ plan, test, truth, escaped, defective, refused, unseen }) =>
      `| ${plan.product} | ${plan.encoder} | ${plan.side} | ${plan.rows}${plan.chosen ? ' chosen' : ''} | ${test.figure.toFixed(3)} | ${test.clear.found} of ${test.clear.drawn} | ` +
      `${test.passed ? 'yes' : 'no'} | ${truth.toFixed(3)} | ${escaped} of ${defective} | ${refused} of ${unseen} |`,
  );
  const correlation = rankCorrelation(
    rows.map(({ test }) => test.figure),
    rows.map(({ truth }) => truth),
  );
  return [
    '| product | encoder | input | rows | figure | clear defects found | passed | real image AU-ROC | defective called OK | good refused |',
    '| --- | --- | ---: | ---: | ---: | --- | --- | ---: | --- | --- |',
    ...lines,
    '',
    `${rows.length} models; rank correlation of the figure with the real image AU-ROC: ${correlation.toFixed(3)}`,
  ].join('\n');
}
