import { verdict, type Verdict } from '@pyramid-mamba/metrics';
import { isReachable, type Calibration } from '@pyramid-mamba/model';

/** What is decided on a score, and why it is not to be trusted where it is not. */
export interface Conclusion {
  /** null where nothing can be decided; `doubts` then says why. */
  verdict: Verdict | null;
  /** Reasons not to trust an OK, a sentence each; a verdict with a doubt is REVIEW or NG. */
  doubts: string[];
}

/** The verdict on a score by the thresholds of its class; with any doubt it is REVIEW at best, without thresholds there is none. */
export function conclude(
  score: number,
  className: string | null,
  calibration: Calibration | undefined,
  doubts: readonly string[],
): Conclusion {
  if (className === null) {
    return {
      verdict: null,
      doubts: [...doubts, 'the model cannot tell which product this is: name it with --class'],
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
  const all = isReachable(reject)
    ? [...doubts]
    : [
        ...doubts,
        `no score can reach the reject threshold of ${className}: set the thresholds anew with \`evaluate\``,
      ];
  const found = verdict(score, calibration);
  return { verdict: found === 'OK' && all.length > 0 ? 'REVIEW' : found, doubts: all };
}
