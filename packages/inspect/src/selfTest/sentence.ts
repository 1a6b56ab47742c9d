import { someOf } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import type { ClassSelfTest, SelfTest } from '@pyramid-mamba/model';
import { mmText } from '../report/millimetres.js';
import { between, wilson } from './interval.js';

/** More products are told of together. */
const MOST_TOLD = 24;
/** Products that did not pass, with the reason of each. */
const MOST_WEAK = 8;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Length in mm of a pixel by product, of pictures as `smallest.side` counts them (`mmAsSeen`). */
export type MmByProduct = Readonly<Record<string, number>>;

/** The smallest size that is found, in pixels and, with a scale, in mm. */
function lengthText(
  { pixels, side }: NonNullable<ClassSelfTest['smallest']>,
  mm: number | undefined,
): string {
  return mm === undefined
    ? `${pixels} of ${side} pixels`
    : `${mmText(mm * pixels)} / ${pixels} of ${side} px`;
}

function ofClass(
  { passed, reason, good, drawn, real, smallest, examples, areas }: ClassSelfTest,
  mm: number | undefined,
): string {
  // of a model with tiles
  const whose = examples.some(({ window }) => window) ? "a tile's" : "the picture's";
  const size = smallest
    ? `from ${percent(smallest.size)} of ${whose} side (${lengthText(smallest, mm)}) nine in ten`
    : 'no size nine times in ten';
  const ofReal = real
    ? `of ${real.pictures} defective ${real.pictures === 1 ? 'picture' : 'pictures'} it finds ${real.found} (${between(real.foundInterval)}); `
    : '';
  const before = areas ? 'before its judged areas were changed, ' : '';
  const results =
    `${before}of ${drawn.drawn} defects drawn on good pictures it finds ${drawn.found} (95 % interval ${between(drawn.foundInterval)}), ${size}; ` +
    ofReal +
    `of ${good.pictures} good pictures it refuses ${good.refused} (${between(good.refusedInterval)})`;
  return passed ? results : `not to be trusted with an OK, ${reason}: ${results}`;
}

/** What all products say together, and which of them did not pass. */
function ofMany(classes: readonly (readonly [string, ClassSelfTest])[]): string {
  const sum = (of: (one: ClassSelfTest) => number): number =>
    classes.reduce((total, [, one]) => total + of(one), 0);
  const [drawn, found] = [sum((one) => one.drawn.drawn), sum((one) => one.drawn.found)];
  const [good, refused] = [sum((one) => one.good.pictures), sum((one) => one.good.refused)];
  const weak = classes.filter(([, { passed }]) => !passed);
  const results =
    `Self-test of ${classes.length} products: ${classes.length - weak.length} passed; of ${drawn} defects drawn on good pictures it finds ` +
    `${found} (95 % interval ${between(wilson(found, drawn))}), of ${good} good pictures it refuses ${refused} (${between(wilson(refused, good))}).`;
  if (weak.length === 0) return results;
  const named = weak.map(([name, { reason }]) => (reason === undefined ? name : `${name} (${reason})`));
  return `${results} Not to be trusted with an OK: ${someOf(named, MOST_WEAK)}.`;
}

/** A self-test in one sentence, or one a product; of many products in two. @param scale says sizes in mm, too, of the products that it names */
export function sentenceOf(selfTest: SelfTest, scale?: MmByProduct): string {
  const classes = Object.entries(selfTest);
  if (classes.length === 0)
    return 'Self-test: there was no picture to test the model with, so it gives no OK.';
  const [only] = classes;
  if (classes.length === 1 && only) return `Self-test: ${ofClass(only[1], ownValue(scale, only[0]))}.`;
  if (classes.length > MOST_TOLD) return ofMany(classes);
  return classes
    .map(([name, one]) => `Self-test of ${name}: ${ofClass(one, ownValue(scale, name))}.`)
    .join('\n');
}
