import { calibrateClasses, type CalibrationPicture, type ClassCalibration } from '@pyramid-mamba/metrics';
import { usableOnly } from '@pyramid-mamba/model';

/** Thresholds of each class from its held-back good pictures. */
export interface HeldBackThresholds {
  /** Without the classes that have no usable thresholds. */
  readonly calibration: Record<string, ClassCalibration>;
  /** Which classes have none, and what to do, a sentence; undefined if all have them. */
  readonly note: string | undefined;
}

/** A model with thresholds that no score can reach cannot be saved, so classes with such thresholds get none, and no verdicts. */
export function heldBackThresholds(
  pictures: readonly (CalibrationPicture & { className: string })[],
): HeldBackThresholds {
  const found = calibrateClasses(pictures);
  const calibration = usableOnly(found);
  const without = Object.keys(found).filter((name) => !Object.hasOwn(calibration, name));
  const note =
    `${without.join(', ')}: no thresholds, so no verdicts. Good pictures score as high as any defect could: the model has not learnt ` +
    'them. Train for more epochs or on more pictures.';
  return { calibration, note: without.length > 0 ? note : undefined };
}
