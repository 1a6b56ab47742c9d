import type { Calibration, ClassSelfTest, SelfTest } from '@pyramid-mamba/model';
import { DEFECT_SIZES, DEFECTS_VERSION } from '@pyramid-mamba/data';
import { wilson } from './interval.js';
import { isDefective, isDrawn, isGood, type DrawnRecord, type SelfTestRecord } from './records.js';

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
/** Drawn pictures that a file names, so that report and page can draw them again. */
const EXAMPLES = 12;

export const SELF_TEST_RULE =
  `the figure is at least ${LEAST_FIGURE}, at least ${100 * LEAST_FOUND} % of the clear defects (from ${100 * CLEAR_SIZE} % of the picture's ` +
  `side and contrast ${CLEAR_CONTRAST}) are found, as many of the given defective pictures, and at most ${100 * MOST_REFUSED} % of the good pictures are refused`;

const isClear = ({ size, contrast }: Pick<DrawnRecord, 'size' | 'contrast'>): boolean =>
  size >= CLEAR_SIZE && contrast >= CLEAR_CONTRAST;

/** The thresholds that a self-test asks. */
type Thresholds = Pick<Calibration, 'review' | 'reject'>;

/**
 * What the records of `crossScore` say of each class with these thresholds: a defect is found where its picture is not OK (its score reaches
 * `review`), and a good picture is refused where it is NG (its score reaches `reject`). Shifted copies count for the figure alone, since
 * they are not independent.
 */
export function selfTestOf(
  records: readonly SelfTestRecord[],
  calibration: Readonly<Record<string, Thresholds | undefined>>,
): SelfTest {
  const found = Object.create(null) as Record<string, ClassSelfTest>;
  for (const name of new Set(records.map(({ className }) => className))) {
    const own = records.filter(({ className }) => className === name);
    found[name] = classSelfTest(own, Object.hasOwn(calibration, name) ? calibration[name] : undefined);
  }
  return found;
}

/**
 * How well scores tell clear drawn defects from the good pictures of one class, 0 to 1, whatever the thresholds: the share of good pictures
 * that score less than a picture with a defect, less the same share for that picture without it, plus a half; the mean over these defects. Without the
 * subtraction it is the area under the ROC curve; with it a defect that changes nothing counts exactly a half, on whichever picture it was
 * drawn. Changes of colour do not count: they stand out on a grey product, also to models that overlook its real defects (docs/self-test.md).
 * Comparable between models that were tested with the same pictures, seed and budget. 0 without a clear defect.
 */
export function figureOf(records: readonly SelfTestRecord[]): number {
  const good = records.filter(isGood);
  const own = new Map(good.map(({ picture, score }) => [picture, score]));
  const outscored = (score: number): number =>
    good.reduce((sum, one) => sum + (one.score < score ? 1 : one.score === score ? 0.5 : 0), 0) / good.length;
  const gains = records.filter(isDrawn).flatMap(({ picture, score, kind, size, contrast }) => {
    if (kind === 'colour' || !isClear({ size, contrast })) return [];
    const without = own.get(picture);
    return without === undefined ? [] : [outscored(score) - outscored(without)];
  });
  if (gains.length === 0) return 0;
  return Math.min(1, Math.max(0, 0.5 + gains.reduce((sum, gain) => sum + gain, 0) / gains.length));
}

function classSelfTest(
  records: readonly SelfTestRecord[],
  thresholds: Thresholds | undefined,
): ClassSelfTest {
  const drawn = records.filter(isDrawn);
  const good = records.filter(isGood).filter(({ copy }) => copy === undefined);
  const isFound = ({ score }: Pick<DrawnRecord, 'score'>) =>
    thresholds !== undefined && score >= thresholds.review;
  const tally = (some: readonly DrawnRecord[]) => ({
    drawn: some.length,
    found: some.filter(isFound).length,
    placed: some.filter((one) => isFound(one) && one.peakInside).length,
  });
  const groups = <K extends number | string>(key: (record: DrawnRecord) => K) =>
    [...new Set(drawn.map(key))].map((value) => ({
      value,
      ...tally(drawn.filter((one) => key(one) === value)),
    }));
  const reached = (from: number | undefined) =>
    from === undefined ? 0 : good.filter(({ score }) => score >= from).length;
  const all = tally(drawn);
  const clear = tally(drawn.filter(isClear));
  const refused = reached(thresholds?.reject);
  const defective = records.filter(isDefective);
  const real = { pictures: defective.length, found: defective.filter(isFound).length };
  const figure = figureOf(records);
  const reason = weakness({ thresholds, figure, good: good.length, refused, clear, real });
  return {
    passed: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
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
    smallest: smallestFound(drawn, isFound),
    drawing: DEFECTS_VERSION,
    examples: examplesOf(drawn, isFound),
  };
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
  drawn: readonly DrawnRecord[],
  isFound: (record: DrawnRecord) => boolean,
): ClassSelfTest['smallest'] {
  const visible = drawn.filter(({ contrast }) => contrast >= CLEAR_CONTRAST);
  let smallest: number | undefined;
  for (const size of [...DEFECT_SIZES].reverse()) {
    const own = visible.filter((one) => one.size === size);
    if (own.length === 0 || own.filter(isFound).length < FOUND_AT_SIZE * own.length) break;
    smallest = size;
  }
  if (smallest === undefined) return null;
  const sides = visible.map(({ side }) => side).sort((a, b) => a - b);
  const side = sides[sides.length >> 1]!;
  return { size: smallest, pixels: Math.max(1, Math.round(smallest * side)), side };
}

/** Some drawn pictures, spread over the sizes, found and missed ones in turn. Those on shifted copies, which no file holds, only where there are no others. */
function examplesOf(
  drawn: readonly DrawnRecord[],
  isFound: (record: DrawnRecord) => boolean,
): ClassSelfTest['examples'] {
  const chosen: DrawnRecord[] = [];
  const originals = drawn.filter(({ copy }) => copy === undefined);
  const rest = originals.length > 0 ? originals : [...drawn];
  for (let n = 0; n < EXAMPLES && rest.length > 0; n++) {
    const size = DEFECT_SIZES[n % DEFECT_SIZES.length];
    const wanted = [
      (one: DrawnRecord) => one.size === size && isFound(one) === (n % 2 === 0),
      (one: DrawnRecord) => one.size === size,
      () => true,
    ];
    const fits = wanted.find((one) => rest.some(one))!;
    // a kind that is not there yet, before one that is
    const kinds = new Set(chosen.map(({ kind }) => kind));
    const at = rest.findIndex((one) => fits(one) && !kinds.has(one.kind));
    chosen.push(...rest.splice(at === -1 ? rest.findIndex(fits) : at, 1));
  }
  return chosen
    .sort((a, b) => a.size - b.size || a.contrast - b.contrast)
    .map((one) => ({
      picture: one.picture,
      kind: one.kind,
      size: one.size,
      contrast: one.contrast,
      seed: one.seed,
      width: one.drawnAt.width,
      height: one.drawnAt.height,
      found: isFound(one),
      placed: isFound(one) && one.peakInside,
    }));
}
