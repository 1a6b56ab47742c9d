import { someOf } from '@pyramid-mamba/data';
import { calibrateClasses, type CalibrationPicture } from '@pyramid-mamba/metrics';
import { usableOnly, type Calibration } from '@pyramid-mamba/model';
import type { NextSteps } from './types.js';

/** Thresholds of each class from its held-back good pictures. */
export interface HeldBackThresholds {
  /** Without the classes that have no usable thresholds. */
  readonly calibration: Record<string, Calibration>;
  /** Classes whose good pictures score as high as any defect could: the model has not learnt them. */
  readonly without: readonly string[];
}

/**
 * A model with thresholds that no score can reach cannot be saved, so classes with such thresholds get none, and no verdicts.
 *
 * @param largestScore the method's
 * @param maxFalseRejects the share of good pictures that may be judged NG
 */
export function heldBackThresholds(
  pictures: readonly (CalibrationPicture & { className: string })[],
  largestScore: number,
  maxFalseRejects?: number,
): HeldBackThresholds {
  const found = calibrateClasses(pictures, maxFalseRejects === undefined ? {} : { maxFalseRejects });
  const calibration = usableOnly(found, largestScore);
  return { calibration, without: Object.keys(found).filter((name) => !Object.hasOwn(calibration, name)) };
}

/** Why classes have no thresholds although they have good pictures to set them by. */
export const notLearnt = (classes: readonly string[], next: Pick<NextSteps, 'notLearnt'>): string =>
  `no thresholds for ${someOf(classes)}, so no verdicts: good pictures score as high as any defect could, so the model has not ` +
  `learnt them; ${next.notLearnt}`;
