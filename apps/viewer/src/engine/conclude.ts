import { findRegions, verdict, type Verdict, type VerdictThresholds } from '@pyramid-mamba/metrics';
import { isReachable, OUT_OF_REACH, type Calibration } from '@pyramid-mamba/model';
import type { Judgement } from './engine.js';

/** The measurement of a picture, before thresholds. */
export type Measured = Pick<Judgement, 'className' | 'score' | 'map' | 'size' | 'width' | 'height'> & {
  /** Reasons not to trust an OK, one sentence each. */
  readonly doubts: readonly string[];
};

/** An untrusted verdict: OK becomes REVIEW, the others are unchanged. */
const doubted = (found: Verdict): Verdict => (found === 'OK' ? 'REVIEW' : found);

/**
 * Verdict and regions by the class's thresholds: `own` of the model file, replaced by `moved` if the user changed them. Without thresholds of
 * the model there is no verdict; with a doubt it is REVIEW at best.
 */
export function conclude(
  { score, map, size, width, height, doubts }: Measured,
  own: Calibration | null,
  moved: VerdictThresholds | undefined,
): Pick<Judgement, 'verdict' | 'doubts' | 'calibration' | 'regions'> {
  if (!own) return { verdict: null, doubts, calibration: null, regions: [] };
  const calibration = moved ? { ...own, ...moved } : own;
  const found = verdict(score, calibration);
  const others = doubts.filter((one) => one !== OUT_OF_REACH);
  const all = isReachable(calibration.review) ? others : [...others, OUT_OF_REACH];
  return {
    verdict: all.length > 0 ? doubted(found) : found,
    doubts: all,
    calibration,
    regions: findRegions(map, size, calibration.review, width, height),
  };
}
