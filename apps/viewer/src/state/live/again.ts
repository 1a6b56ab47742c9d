// Judged pictures by other thresholds, without running the network.
import { conclude, decide } from '@pyramid-mamba/inspect';
import { ownValue, type VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration } from '@pyramid-mamba/model';
import type { Shot } from './shots.js';

/** Milliseconds without a change after which thresholds are no longer dragged. */
export const SETTLED = 150;
/** Milliseconds of work after which a frame is let through. */
const SLICE = 8;

type Own = Readonly<Record<string, Calibration>> | undefined;
type Moved = Readonly<Record<string, VerdictThresholds>>;

const ownOf = (calibration: Own, className: string): Calibration | null =>
  ownValue(calibration, className) ?? null;

/** Verdict and regions. @param calibration the model file's @param moved thresholds that replace them, by class */
export function concluded(shot: Shot, calibration: Own, moved: Moved): Shot {
  const { className } = shot.judgement;
  const found = conclude(shot.judgement, ownOf(calibration, className), ownValue(moved, className));
  return { ...shot, judgement: { ...shot.judgement, ...found } };
}

/** The verdict alone, with the regions of before: those of two hundred maps take longer than a frame. */
export function decided(shot: Shot, calibration: Own, moved: Moved): Shot {
  const { className, score, doubts, largestScore } = shot.judgement;
  const [own, other] = [ownOf(calibration, className), ownValue(moved, className)];
  const by = own && other ? { ...own, ...other } : own;
  const found = decide(score, className, by, doubts, largestScore);
  return { ...shot, judgement: { ...shot.judgement, ...found, calibration: by } };
}

/** Each picture `concluded`, a few a frame; none where `isOld` says that the thresholds have changed again. */
export async function concludedInTurn(
  shots: readonly Shot[],
  calibration: Own,
  moved: Moved,
  isOld: () => boolean,
): Promise<Map<Shot, Shot>> {
  const found = new Map<Shot, Shot>();
  let since = performance.now();
  for (const shot of shots) {
    if (performance.now() - since > SLICE) {
      await new Promise((done) => setTimeout(done));
      since = performance.now();
    }
    if (isOld()) return new Map();
    found.set(shot, concluded(shot, calibration, moved));
  }
  return found;
}
