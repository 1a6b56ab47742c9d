import type { ClassSelfTest, SelfTest } from '@pyramid-mamba/model';
import { DEFECT_SIZES, DEFECTS_VERSION } from '@pyramid-mamba/data';
import { groupedBy } from '@pyramid-mamba/metrics';
import { countedBy, isClear, isFoundBy, type Thresholds } from './counted.js';
import { isDefective, isDrawn, isGood, type DrawnRecord, type SelfTestRecord } from './records.js';

/** Drawn pictures that a file names, so that report and page can draw them again. */
const EXAMPLES = 12;

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
  for (const [name, own] of groupedBy(records, ({ className }) => className)) {
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
  const defective = records.filter(isDefective);
  const scores = {
    good: good.map(({ score }) => score),
    drawn: drawn.map(({ kind, size, contrast, score, peakInside }) => ({
      kind,
      size,
      contrast,
      score,
      onIt: peakInside,
    })),
    ...(defective.length > 0 && { real: defective.map(({ score }) => score) }),
    side: middleOf(drawn.map(({ side }) => side)),
  };
  const examples = examplesOf(drawn, isFoundBy(thresholds));
  return countedBy({ figure: figureOf(records), drawing: DEFECTS_VERSION, examples, scores }, thresholds);
}

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
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
      ...(one.window && { window: one.window }),
      found: isFound(one),
      placed: isFound(one) && one.peakInside,
      at: drawn.indexOf(one),
    }));
}
