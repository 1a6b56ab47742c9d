import { calibrateClasses, fewPictures, type Calibration as Thresholds } from '@pyramid-mamba/metrics';
import { usableOnly, type Calibration } from '@pyramid-mamba/model';

/** A scored picture that the model was not trained on. */
export interface ScoredPicture {
  readonly className: string;
  /** `good`; `defective` for a real defect; any other word for a defect that was drawn on a good picture. */
  readonly kind: string;
  readonly score: number;
  /** Sampled pixels of its map (`thinned`), of good pictures: heat maps start at their level. */
  readonly thinned?: Float32Array | undefined;
  /** A shifted copy of another picture. A good one is not independent, and does not count. */
  readonly copy?: true;
}

export interface ThresholdOptions {
  /** The share of good pictures that may be rejected, in (0, 1); by default 0.005, and with real defects the threshold of the best F1. */
  readonly maxFalseRejects?: number | undefined;
  /** The method's: classes whose review threshold no score can reach get none, and no verdicts. By default scores have no bound. */
  readonly largestScore?: number;
}

/** Thresholds of each class from its scored pictures, see `calibrate` of the metrics; none for a class without a good one. */
export function thresholdsFrom(
  records: readonly ScoredPicture[],
  { maxFalseRejects, largestScore = Infinity }: ThresholdOptions = {},
): Record<string, Calibration> {
  const independent = records.filter(({ kind, copy }) => kind !== 'good' || copy !== true);
  const pictures = independent.map(({ className, kind, score, thinned = new Float32Array() }) => ({
    className,
    score,
    thinned,
    label: kind === 'good' ? (0 as const) : (1 as const),
    drawn: kind !== 'good' && kind !== 'defective',
  }));
  const found = calibrateClasses(pictures, maxFalseRejects === undefined ? {} : { maxFalseRejects });
  return usableOnly(found, largestScore);
}

/**
 * What the number of good pictures says about the wanted share of false rejects, a sentence for each class that has too few of them to show it.
 *
 * @param maxFalseRejects as given to `thresholdsFrom`
 */
export const fewPicturesOf = (
  calibration: Readonly<Record<string, Pick<Thresholds, 'goodCount'>>>,
  maxFalseRejects = 0.005,
): string[] =>
  Object.entries(calibration).flatMap(([name, { goodCount }]) => {
    const sentence = fewPictures(goodCount, maxFalseRejects);
    return sentence === undefined ? [] : [`${name}: ${sentence}`];
  });
