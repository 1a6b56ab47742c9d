import type { ClassSource, FoundPart, Judgement } from '@pyramid-mamba/inspect';
import type { Region, Verdict } from '@pyramid-mamba/metrics';
import { scoreOfLimit } from '@pyramid-mamba/runs';

/** What a line says of a judgement, on every surface of the command line: `predict`, the station and the fleet. */
export interface Line {
  class: string | null;
  /** How the class was determined. */
  classSource: ClassSource | null;
  /** Raw score: the anomaly map's maximum, unless the method computes it otherwise (PatchCore's score `patch`). */
  score: number;
  /** As a multiple of the review threshold: 1 and more is never OK; null without such a threshold. */
  scoreOfLimit: number | null;
  /** null if undecided, for example without thresholds for the class; `doubts` gives the reasons. */
  verdict: Verdict | null;
  /** Reasons not to trust an OK, one sentence each; the verdict is then REVIEW at best, or UNKNOWN. */
  doubts: readonly string[];
  thresholds: { review: number; reject: number } | null;
  /** Regions above the review threshold, the highest peak first; null without thresholds. */
  regions: readonly Region[] | null;
  width: number;
  height: number;
  /** Where the part was found; absent where the model judges pictures as they are. */
  located?: FoundPart;
}

export const lineOf = ({
  className,
  classSource,
  score,
  verdict,
  doubts,
  calibration,
  regions,
  width,
  height,
  located,
}: Judgement): Line => ({
  class: className,
  classSource,
  score,
  scoreOfLimit: scoreOfLimit(score, calibration),
  verdict,
  doubts,
  thresholds: calibration ? { review: calibration.review, reject: calibration.reject } : null,
  regions: calibration ? regions : null,
  width,
  height,
  ...(located && { located }),
});
