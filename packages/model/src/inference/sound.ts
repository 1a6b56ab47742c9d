import { NumericError } from '../errors.js';
import type { LevelMap } from './levels.js';

/** Rounding differences between equal values of a map. */
export const ROUNDING = 1e-6;
/**
 * The same as a share of the largest value (`Method.roundsByShare`): the share by which a tiny sigmoid is off is what its logit is off, and a logit is
 * a float32 sum of thousands of products.
 */
export const ROUNDING_SHARE = 1e-4;

/**
 * Whether a score can reach a threshold. With an unreachable review threshold every picture would be OK.
 * @param largest the method's `largestScore`
 */
export const isReachable = (threshold: number, largest: number): boolean =>
  Number.isFinite(threshold) && threshold <= largest + ROUNDING;

/** The doubt about an OK where the review threshold is not reachable, a sentence: such an OK becomes REVIEW. */
export const OUT_OF_REACH =
  'no score can reach the review threshold, so an OK cannot be trusted: set the thresholds again';

/**
 * Throws a NumericError unless a judgement's numbers are plausible results of a network: all finite, no level zero everywhere,
 * the map not constant. A failed device may return zeros, and zeros would mean OK.
 *
 * @param byShare the method's `roundsByShare`
 */
export function requireSoundJudgement(
  judged: {
    levels: readonly LevelMap[];
    map: Float32Array;
    score: number;
    feature?: Float32Array;
  },
  byShare = false,
): void {
  const { levels, map, score, feature = new Float32Array() } = judged;
  const all = [map, feature, ...levels.map(({ data }) => data)];
  if (!Number.isFinite(score) || all.some((numbers) => numbers.some((value) => !Number.isFinite(value)))) {
    throw new NumericError('the network computed values that are not finite, so there is no verdict');
  }
  const zero = levels.some(({ data }) => data.every((value) => value === 0));
  const largest = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const rounding = byShare ? ROUNDING_SHARE * largest : ROUNDING;
  if (zero || map.every((value) => Math.abs(value - map[0]!) <= rounding)) {
    throw new NumericError('the network computed the same value everywhere, so there is no verdict');
  }
}
