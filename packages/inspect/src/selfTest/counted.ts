import type { Calibration, ClassSelfTest, SelfTest } from '@pyramid-mamba/model';
import { DEFECT_SIZES } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import { pixelsOfSize } from '../report/millimetres.js';
import { wilson } from './interval.js';

/** A class passes from these on. How they were chosen: docs/self-test.md. */
const LEAST_FIGURE = 0.85;
const LEAST_FOUND = 0.6;
const MOST_REFUSED = 0.2;
/** Fewer good pictures show too little. */
const LEAST_GOOD = 3;
/** Clear defects: of at least this size and contrast. */
const CLEAR_SIZE = 0.09;
const CLEAR_CONTRAST = 2;
/** A size counts as found where this share is. */
const FOUND_AT_SIZE = 0.9;
export const SELF_TEST_RULE =
  `the figure is at least ${LEAST_FIGURE}, at least ${100 * LEAST_FOUND} % of the clear defects (from ${100 * CLEAR_SIZE} % of the picture's ` +
  `side and contrast ${CLEAR_CONTRAST}) are found, as many of the given defective pictures, and at most ${100 * MOST_REFUSED} % of the good pictures are refused`;

export const isClear = ({ size, contrast }: Pick<Drawn, 'size' | 'contrast'>): boolean =>
  size >= CLEAR_SIZE && contrast >= CLEAR_CONTRAST;

/** The thresholds that a self-test asks. */
export type Thresholds = Pick<Calibration, 'review' | 'reject'>;

type Scores = NonNullable<ClassSelfTest['scores']>;
type Drawn = Scores['drawn'][number];

/** What a self-test measured of a class, whatever the thresholds. */
export interface MeasuredClass extends Pick<
  ClassSelfTest,
  'figure' | 'drawing' | 'examples' | 'areas' | 'doubt'
> {
  readonly scores: Scores;
}

export const isFoundBy =
  (thresholds: Thresholds | undefined) =>
  ({ score }: Pick<Drawn, 'score'>): boolean =>
    thresholds !== undefined && score >= thresholds.review;

/** What thresholds make of it: what is found, what is refused, and whether the class passes. */
export function countedBy(
  { figure, drawing, examples, areas, doubt, scores }: MeasuredClass,
  thresholds: Thresholds | undefined,
): ClassSelfTest {
  const { good, drawn, side } = scores;
  const isFound = isFoundBy(thresholds);
  const tally = (some: readonly Drawn[]) => ({
    drawn: some.length,
    found: some.filter(isFound).length,
    placed: some.filter((one) => isFound(one) && one.onIt).length,
  });
  const groups = <K extends number | string>(key: (one: Drawn) => K) =>
    [...new Set(drawn.map(key))].map((value) => ({
      value,
      ...tally(drawn.filter((one) => key(one) === value)),
    }));
  const reached = (from: number | undefined) =>
    from === undefined ? 0 : good.filter((score) => score >= from).length;
  const all = tally(drawn);
  const clear = tally(drawn.filter(isClear));
  const refused = reached(thresholds?.reject);
  const defective = scores.real ?? [];
  const real = { pictures: defective.length, found: defective.filter((score) => isFound({ score })).length };
  const weak = weakness({ thresholds, figure, good: good.length, refused, clear, real });
  const isShown = wilson(real.found, real.pictures)[0] >= LEAST_FOUND;
  const reason = weak ?? (isShown ? undefined : doubt);
  return {
    passed: reason === undefined,
    ...(reason !== undefined && { reason }),
    ...(doubt !== undefined && { doubt }),
    rule: SELF_TEST_RULE,
    figure,
    good: {
      pictures: good.length,
      refused,
      toReview: reached(thresholds?.review) - refused,
      refusedInterval: wilson(refused, good.length),
    },
    drawn: { ...all, foundInterval: wilson(all.found, all.drawn) },
    clear,
    ...(real.pictures > 0 && { real: { ...real, foundInterval: wilson(real.found, real.pictures) } }),
    byKind: Object.fromEntries(groups(({ kind }) => kind).map(({ value, ...rest }) => [value, rest])),
    bySize: groups(({ size }) => size)
      .map(({ value, ...rest }) => ({ size: value, ...rest }))
      .sort((a, b) => a.size - b.size),
    byContrast: groups(({ contrast }) => contrast)
      .map(({ value, ...rest }) => ({ contrast: value, ...rest }))
      .sort((a, b) => a.contrast - b.contrast),
    smallest: smallestFound(drawn, side, isFound),
    drawing,
    examples: examples.map((example) => {
      const one = example.at === undefined ? undefined : drawn[example.at];
      return one ? { ...example, found: isFound(one), placed: isFound(one) && one.onIt } : example;
    }),
    ...(areas && { areas }),
    scores,
  };
}

/**
 * A self-test by other thresholds than those it was made with. A class whose file has no scores (older versions) keeps what it has, see
 * `distrustOf`.
 */
export function retested(
  selfTest: SelfTest,
  calibration: Readonly<Record<string, Thresholds | undefined>>,
): SelfTest {
  const again = Object.entries(selfTest).map(([name, one]): [string, ClassSelfTest] => {
    const { scores } = one;
    return [name, scores ? countedBy({ ...one, scores }, ownValue(calibration, name)) : one];
  });
  return Object.fromEntries(again);
}

/**
 * Whether more drawn defects may change the verdict of a self-test: only the share of clear ones found decides it, and that is as near to the limit
 * as chance may bring it (a standard deviation of that number at the limit).
 */
export function isUndecided({ figure, good, clear, real }: ClassSelfTest): boolean {
  const chance = Math.sqrt(clear.drawn * LEAST_FOUND * (1 - LEAST_FOUND));
  if (Math.abs(clear.found - LEAST_FOUND * clear.drawn) > chance) return false;
  const all = { drawn: clear.drawn, found: clear.drawn };
  const { pictures, refused } = good;
  return (
    weakness({
      thresholds: { review: 0, reject: 0 },
      figure,
      good: pictures,
      refused,
      clear: all,
      real: real ?? { pictures: 0, found: 0 },
    }) === undefined
  );
}

/** Why a class does not pass, a sentence; undefined where it does. */
function weakness({
  thresholds,
  figure,
  good,
  refused,
  clear,
  real,
}: {
  thresholds: Thresholds | undefined;
  figure: number;
  good: number;
  refused: number;
  clear: { drawn: number; found: number };
  real: { pictures: number; found: number };
}): string | undefined {
  if (good < LEAST_GOOD) return `only ${good} unseen good pictures tested it: give it at least ${LEAST_GOOD}`;
  if (clear.drawn === 0)
    return 'no clear defect could be drawn on its pictures, so nothing shows what it finds';
  if (!thresholds) return 'it has no thresholds: its good pictures score as high as any defect';
  if (clear.found < LEAST_FOUND * clear.drawn)
    return `it overlooks ${clear.drawn - clear.found} of ${clear.drawn} clear drawn defects`;
  if (real.found < LEAST_FOUND * real.pictures)
    return `it overlooks ${real.pictures - real.found} of ${real.pictures} defective pictures`;
  if (figure < LEAST_FIGURE)
    return `its scores hardly tell drawn defects from good pictures (${figure.toFixed(2)} of 1, wanted ${LEAST_FIGURE})`;
  if (refused > MOST_REFUSED * good) return `it refuses ${refused} of ${good} good pictures`;
  return undefined;
}

/** The smallest size from which on nine in ten are found at every size, without the faintest ones; null where there is none. */
function smallestFound(
  drawn: readonly Drawn[],
  side: number,
  isFound: (one: Drawn) => boolean,
): ClassSelfTest['smallest'] {
  const visible = drawn.filter(({ contrast }) => contrast >= CLEAR_CONTRAST);
  let smallest: number | undefined;
  for (const size of [...DEFECT_SIZES].reverse()) {
    const own = visible.filter((one) => one.size === size);
    if (own.length === 0 || own.filter(isFound).length < FOUND_AT_SIZE * own.length) break;
    smallest = size;
  }
  if (smallest === undefined) return null;
  return { size: smallest, pixels: pixelsOfSize(smallest, side), side };
}
