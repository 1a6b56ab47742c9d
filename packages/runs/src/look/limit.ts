import type { VerdictThresholds } from '@pyramid-mamba/metrics';

type Limits = Pick<VerdictThresholds, 'review'> | null | undefined;

/**
 * A score as a multiple of its limit, the review threshold of its class: below 1 a picture may be OK, from 1 on it never is. null where that says
 * nothing: without thresholds, and where the threshold is infinite or not positive.
 */
export function scoreOfLimit(score: number, thresholds: Limits): number | null {
  if (!thresholds || !(thresholds.review > 0 && Number.isFinite(thresholds.review))) return null;
  const multiple = score / thresholds.review;
  return Number.isFinite(multiple) ? multiple : null;
}

/** Digits after the point below ten times the limit; one above it, none from a hundred on. */
const DIGITS = 2;
/** Of a raw score. */
const RAW_DIGITS = 4;

/** `1.40 × limit`, `12.3 × limit`; `no limit` where there is no multiple. Rounded down, so that no score below its limit reads 1.00. */
export function limitText(score: number, thresholds: Limits): string {
  const multiple = multipleText(score, thresholds);
  return multiple === null ? 'no limit' : `${multiple} × limit`;
}

/** A score for people: as a multiple of its limit; the raw number where there is none to compare it with. */
export const scoreText = (score: number, thresholds: Limits): string =>
  scoreOfLimit(score, thresholds) === null
    ? `score ${score.toFixed(RAW_DIGITS)}, no limit`
    : limitText(score, thresholds);

/** The number of `limitText` alone, for columns that name the limit in their heading. */
export function multipleText(score: number, thresholds: Limits): string | null {
  const multiple = scoreOfLimit(score, thresholds);
  if (multiple === null) return null;
  const size = Math.abs(multiple);
  const digits = size < 10 ? DIGITS : size < 100 ? 1 : 0;
  const scale = 10 ** digits;
  // 1e-9: 0.29 * 100 is 28.999…; a score below its limit stays below 1
  const shown = Math.floor(multiple * scale + 1e-9) / scale;
  return (multiple < 1 ? Math.min(shown, 1 - 1 / scale) : shown).toFixed(digits);
}
