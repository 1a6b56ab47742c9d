import { verdict, type Verdict } from '@pyramid-mamba/metrics';
import { isReachable, OUT_OF_REACH, type Calibration } from '@pyramid-mamba/model';

/** The doubt about a picture that `isBlank`, for every command that judges. */
export const BLANK =
  'the picture is blank, one colour or dark everywhere: check the camera, the light and the file';

/** The decision on a score, and the reasons not to trust it. */
export interface Conclusion {
  /** null if undecided; `doubts` then gives the reasons. */
  verdict: Verdict | null;
  /** Reasons not to trust an OK, one sentence each; a verdict with a doubt is REVIEW or NG. */
  doubts: string[];
}

/** The verdict on a score by the thresholds of its class; with any doubt it is REVIEW at best; none without thresholds. */
export function conclude(
  score: number,
  className: string | null,
  calibration: Calibration | undefined,
  doubts: readonly string[],
): Conclusion {
  if (className === null) {
    return {
      verdict: null,
      doubts: [...doubts, 'the model cannot recognise the product: pass it with --class'],
    };
  }
  if (calibration === undefined) {
    return { verdict: null, doubts: [...doubts, `the model file has no thresholds for ${className}`] };
  }
  const { review, reject } = calibration;
  if (!Number.isFinite(score) || !(review <= reject)) {
    return {
      verdict: null,
      doubts: [...doubts, `score ${score} cannot be judged by ${review} and ${reject}`],
    };
  }
  const all = isReachable(review) ? [...doubts] : [...doubts, OUT_OF_REACH];
  const found = verdict(score, calibration);
  return { verdict: found === 'OK' && all.length > 0 ? 'REVIEW' : found, doubts: all };
}
