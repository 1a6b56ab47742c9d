// What a report says first: one paragraph for a reader who knows nothing of models.
import { ownValue } from '@pyramid-mamba/metrics';
import { methodOf } from '@pyramid-mamba/model';
import type { ScoreLine } from '@pyramid-mamba/runs';
import { wilson } from '@pyramid-mamba/inspect';
import { plural } from '../text/plural.js';
import { selfTestSentences } from './selfTest.js';
import type { RunResults } from './runResults.js';

/** Thresholds that rest on fewer good pictures are a rough guess. */
const FEW_GOOD = 20;

type Said = Pick<RunResults, 'config' | 'metrics' | 'scores' | 'selfTest'>;

/** What was inspected by which model, what was found and missed, and how far to trust it: sentences. */
export function paragraph(results: Said): string[] {
  const { scores } = results;
  const defective = scores.filter(({ label }) => label === 1);
  const good = scores.filter(({ label }) => label === 0);
  return [
    inspected(results),
    ...(defective.length > 0 ? [found(defective, results)] : []),
    ...(good.length > 0 ? [passed(good)] : []),
    ...ofNoProduct(scores),
    ...withoutVerdict(scores),
    ...trust(defective, results),
  ];
}

function inspected({ config, scores }: Said): string {
  const products = list(config.classes);
  return (
    `${plural(scores.length, 'picture')} of ${products} ${scores.length === 1 ? 'was' : 'were'} inspected by a model ` +
    `(${methodOf(config.model).title}) that has learnt ${config.classes.length > 1 ? 'these products' : 'this product'} from ` +
    `${plural(config.trainingPictures, 'good picture')}; none of those is among the inspected ones.`
  );
}

const countOf = (lines: readonly ScoreLine[], verdict: ScoreLine['verdict']): number =>
  lines.filter((line) => line.verdict === verdict).length;

function found(defective: readonly ScoreLine[], { config }: Said): string {
  const [ng, review, missed] = (['NG', 'REVIEW', 'OK'] as const).map((one) => countOf(defective, one));
  const missing = config.classes.flatMap((name) => {
    const own = countOf(
      defective.filter((line) => line.class === name),
      'OK',
    );
    return own > 0 ? [`${own} of ${name}`] : [];
  });
  const where = config.classes.length > 1 && missed! > 0 ? ` (${missing.join(', ')})` : '';
  const passedAs =
    missed === 0 ? 'none was missed' : `${missed} ${were(missed!)} missed and passed as good${where}`;
  return `Of ${plural(defective.length, 'defective picture')}, ${ng} ${were(ng!)} rejected and ${review} ${were(review!)} given to a person to check${strange(defective)}; ${passedAs}.`;
}

function passed(good: readonly ScoreLine[]): string {
  const [ok, review, rejected] = (['OK', 'REVIEW', 'NG'] as const).map((one) => countOf(good, one));
  return `Of ${plural(good.length, 'good picture')}, ${ok} passed, ${review} ${were(review!)} given to a person to check and ${rejected} ${were(rejected!)} wrongly rejected${strange(good)}.`;
}

/** Pictures that show no product of the model. */
function strange(lines: readonly ScoreLine[]): string {
  const count = countOf(lines, 'UNKNOWN');
  return count === 0 ? '' : `, ${count} looked like no product that the model knows`;
}

function ofNoProduct(scores: readonly ScoreLine[]): string[] {
  const count = countOf(scores, 'UNKNOWN');
  if (count === 0) return [];
  return [
    `${plural(count, 'picture')} ${count === 1 ? 'looks' : 'look'} like none of the products (UNKNOWN) and ${were(count)} neither passed nor rejected.`,
  ];
}

function withoutVerdict(scores: readonly ScoreLine[]): string[] {
  const none = scores.filter(({ verdict }) => verdict === null);
  if (none.length === 0) return [];
  const products = list([...new Set(none.map((line) => line.class))]);
  return [
    `${plural(none.length, 'picture')} got no verdict, because there are no thresholds for ${products}.`,
  ];
}

/** How far to trust it. */
function trust(defective: readonly ScoreLine[], { config, metrics, selfTest }: Said): string[] {
  // other pictures than the run's own may have other classes
  const tested = Object.keys(metrics.classes);
  const thresholds = (tested.length > 0 ? tested : config.classes).flatMap((name) => {
    const own = ownValue(metrics.thresholds, name);
    return own ? [{ name, ...own }] : [];
  });
  const chosenHere = thresholds.filter(({ method }) => method === 'f1').map(({ name }) => name);
  const few = thresholds.filter(
    ({ method, goodCount }) => (method === 'quantile' || method === 'drawn') && goodCount < FEW_GOOD,
  );
  const judged = defective.filter(({ verdict }) => verdict !== null);
  const [least, most] = wilson(countOf(judged, 'OK'), judged.length);
  return [
    selfTestSentences(selfTest),
    ...(judged.length > 0
      ? [
          `By these numbers, ${Math.round(least * 100)} to ${Math.round(most * 100)} % of such defects pass as good (95 % interval).`,
        ]
      : ['How many defects it would miss is not known from these pictures: none of them is defective.']),
    ...(chosenHere.length > 0
      ? [
          `The limits of ${list(chosenHere)} were chosen on these same pictures, so expect more mistakes on new ones.`,
        ]
      : []),
    ...(few.length > 0
      ? [
          `The limits of ${list(few.map(({ name, goodCount }) => `${name} (${goodCount})`))} rest on few good pictures: more of them make the verdicts surer.`,
        ]
      : []),
  ];
}

const were = (count: number): string => (count === 1 ? 'was' : 'were');

/** `a, b and c`. */
const list = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
