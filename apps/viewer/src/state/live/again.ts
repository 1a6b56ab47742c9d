// Judged pictures by other thresholds, without running the network.
import { conclude, decide, distrustOf, lastingDoubts, thresholdsInForce } from '@pyramid-mamba/inspect';
import { ownValue, type VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration, ModelInfo } from '@pyramid-mamba/model';
import type { Judgement } from '../../engine/engine.js';
import type { Shot } from './shots.js';

/** Milliseconds without a change after which thresholds are no longer dragged. */
export const SETTLED = 150;
/** Milliseconds of work after which a frame is let through. */
const SLICE = 8;

/** What a class is judged by. */
interface Limits {
  /** The model file's; null where it has none. */
  readonly own: Calibration | null;
  /** Those that a person has put in their place. */
  readonly moved: VerdictThresholds | undefined;
  /** What both come to. */
  readonly calibration: Calibration | null;
  /** Why no OK by it can be trusted; undefined where it can. */
  readonly distrust: string | undefined;
}
/** By class. */
export type LimitsOf = (className: string) => Limits;

/** @param info of the open model @param moved thresholds that replace those of its file, by class */
export function limitsBy(
  info: Pick<ModelInfo, 'areas' | 'calibration' | 'selfTest'> | undefined,
  moved: Readonly<Record<string, VerdictThresholds>>,
): LimitsOf {
  // once for a class, not for each of its pictures: the self-test is counted again
  const known = new Map<string, Limits>();
  return (className) => {
    const found = known.get(className);
    if (found) return found;
    const own = ownValue(info?.calibration, className) ?? null;
    const other = ownValue(moved, className);
    const limits = {
      own,
      moved: other,
      calibration: thresholdsInForce(own, other),
      distrust: info && distrustOf(info, className, other),
    };
    known.set(className, limits);
    return limits;
  };
}

/** What a verdict is made of, without the map. */
export type Scored = Pick<
  Judgement,
  'className' | 'score' | 'verdict' | 'doubts' | 'calibration' | 'largestScore'
>;

/** What is doubted of the picture stays; what the self-test says depends on the thresholds. */
function doubtsBy(doubts: readonly string[], { distrust }: Limits): readonly string[] {
  const lasting = doubts.length === 0 ? doubts : lastingDoubts(doubts);
  return distrust === undefined ? lasting : [...lasting, distrust];
}

/** Verdict and regions. */
export function concluded(shot: Shot, limitsOf: LimitsOf): Shot {
  const { className, doubts } = shot.judgement;
  const limits = limitsOf(className);
  const measured = { ...shot.judgement, doubts: doubtsBy(doubts, limits) };
  return { ...shot, judgement: { ...measured, ...conclude(measured, limits.own, limits.moved) } };
}

/** The verdict alone: the regions stay those of before, since those of two hundred maps take longer than a frame. */
export function decided<T extends Scored>(judged: T, limitsOf: LimitsOf): T {
  const { className, score, doubts, largestScore } = judged;
  const limits = limitsOf(className);
  const { calibration } = limits;
  const found = decide(score, className, calibration, doubtsBy(doubts, limits), largestScore);
  return { ...judged, ...found, calibration };
}

/** Each picture `concluded`, a few a frame; none where `isOld` says that the thresholds have changed again. */
export async function concludedInTurn(
  shots: Iterable<Shot>,
  limitsOf: LimitsOf,
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
    found.set(shot, concluded(shot, limitsOf));
  }
  return found;
}
