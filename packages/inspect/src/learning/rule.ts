import type { ClassSelfTest } from '@pyramid-mamba/model';

/** Clear drawn defects, as a share of those drawn, that learning may cost; one it always may. */
const MOST_LOST = 0.05;

export const LEARNING_RULE =
  'a product must not fail a self-test that it passes, catch fewer of the given defective pictures, find fewer of the clear drawn defects (by more ' +
  `than one and ${100 * MOST_LOST} %), or refuse more of the given good pictures (without a defective one: question more of them)`;

/** How many of the same clear drawn defects are found. */
export interface ClearFound {
  readonly drawn: number;
  readonly before: number;
  readonly after: number;
}

/** A class before and after learning, by the same pictures. */
export interface Lesson {
  /** What the labelled pictures and the defects drawn on them say, by the thresholds of each. */
  readonly before: ClassSelfTest;
  readonly after: ClassSelfTest;
  /** Of the file's own self-test, by the thresholds of each. */
  readonly kept: ClearFound;
  /** Drawn on given good pictures that are OK without the defect, before and after: on a false alarm every defect is found. */
  readonly given: ClearFound;
  /** What the files say, with the kept scores; absent where a file has no self-test of the class. */
  readonly filed: { readonly before?: ClassSelfTest | undefined; readonly after?: ClassSelfTest | undefined };
}

/** By what the class is worse after learning, half a sentence; undefined where it is not. */
export function worseBy({ before, after, kept, given, filed }: Lesson): string | undefined {
  if (filed.before?.passed && filed.after?.passed !== true)
    return `it would fail its self-test: ${filed.after?.reason ?? 'it was not tested'}`;
  const [caught, now] = [before.real?.found ?? 0, after.real?.found ?? 0];
  if (now < caught) return `it would catch ${now} of the given defective pictures, ${caught} before`;
  for (const clear of [kept, given])
    if (clear.before - clear.after > Math.max(1, MOST_LOST * clear.drawn))
      return `it would find ${clear.after} of ${clear.drawn} clear drawn defects, ${clear.before} before`;
  if (after.good.refused > before.good.refused)
    return `it would refuse ${after.good.refused} of the given good pictures, ${before.good.refused} before`;
  const questioned = ({ good }: ClassSelfTest) => good.refused + good.toReview;
  if (!after.real && questioned(after) > questioned(before))
    return `it would question ${questioned(after)} of the given good pictures, ${questioned(before)} before`;
  return undefined;
}
