// What a report says first: one paragraph for a reader who knows nothing of models.
import { someOf } from '@pyramid-mamba/data';
import { ownValue, type Calibration, type Verdict, groupedBy } from '@pyramid-mamba/metrics';
import type { SelfTest } from '@pyramid-mamba/model';
import { sentenceOf, type MmByProduct } from '../selfTest/sentence.js';
import { between, wilson } from '../selfTest/interval.js';

/** Thresholds that rest on fewer good pictures are a rough guess. */
const FEW_GOOD = 20;

/** A judged picture of a report. */
export interface ReportLine {
  readonly class: string;
  /** 1 for a defective picture, 0 for a good one, null if unknown. */
  readonly label: 0 | 1 | null;
  readonly verdict: Verdict | null;
}

/** What a report's paragraph is made of. */
export interface ReportFacts {
  readonly lines: readonly ReportLine[];
  /** The model's products. */
  readonly classes: readonly string[];
  /** The method's title; undefined where it is not known. */
  readonly method?: string | undefined;
  /** How many good pictures the model learnt from; undefined where it is not known. */
  readonly learnt?: number | undefined;
  /** Products whose thresholds are spoken of; by default the model's. */
  readonly tested?: readonly string[];
  readonly thresholds: Readonly<Record<string, Pick<Calibration, 'method' | 'goodCount'>>> | undefined;
  readonly selfTest: SelfTest | undefined;
  /** For the sizes of the self-test, see `sentenceOf`. */
  readonly scale?: MmByProduct | undefined;
}

/** The self-test in sentences; one that says so where the model file has none. */
const selfTestSentences = ({ selfTest, scale }: Pick<ReportFacts, 'selfTest' | 'scale'>): string =>
  selfTest && Object.keys(selfTest).length > 0
    ? sentenceOf(selfTest, scale).replaceAll('\n', ' ')
    : 'The model file has no self-test with drawn defects.';

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What was inspected by which model, what was found and missed, and how far to trust it: sentences. */
export function reportParagraph(facts: ReportFacts): string[] {
  const { lines } = facts;
  const defective = lines.filter(({ label }) => label === 1);
  const good = lines.filter(({ label }) => label === 0);
  return [
    inspected(facts),
    ...(defective.length > 0 ? [found(defective, facts)] : []),
    ...(good.length > 0 ? [passed(good)] : []),
    ...ofNoProduct(lines),
    ...withoutVerdict(lines),
    ...trust(defective, facts),
  ];
}

function inspected({ classes, lines, method, learnt }: ReportFacts): string {
  const by = method === undefined ? 'a model' : `a model (${method})`;
  if (lines.length === 0) {
    const from = learnt === undefined ? 'good pictures' : plural(learnt, 'good picture');
    return `This is ${by} that has learnt ${list(classes)} from ${from}; no other pictures were inspected yet.`;
  }
  const these = classes.length > 1 ? 'these products' : 'this product';
  const from =
    learnt === undefined
      ? ` that has learnt ${these} from good pictures.`
      : ` that has learnt ${these} from ${plural(learnt, 'good picture')}; none of those is among the inspected ones.`;
  return `${plural(lines.length, 'picture')} of ${list(classes)} ${were(lines.length)} inspected by ${by}${from}`;
}

const countOf = (lines: readonly ReportLine[], verdict: ReportLine['verdict']): number =>
  lines.filter((line) => line.verdict === verdict).length;

function found(defective: readonly ReportLine[], { classes }: ReportFacts): string {
  const [ng, review, missed] = (['NG', 'REVIEW', 'OK'] as const).map((one) => countOf(defective, one));
  const byClass = groupedBy(
    defective.filter(({ verdict }) => verdict === 'OK'),
    (line) => line.class,
  );
  const missing = classes.flatMap((name) => {
    const own = byClass.get(name);
    return own ? [`${own.length} of ${name}`] : [];
  });
  const where = classes.length > 1 && missed! > 0 ? ` (${someOf(missing)})` : '';
  const passedAs =
    missed === 0 ? 'none was missed' : `${missed} ${were(missed!)} missed and passed as good${where}`;
  return `Of ${plural(defective.length, 'defective picture')}, ${ng} ${were(ng!)} rejected and ${review} ${were(review!)} given to a person to check${strange(defective)}; ${passedAs}.`;
}

function passed(good: readonly ReportLine[]): string {
  const [ok, review, rejected] = (['OK', 'REVIEW', 'NG'] as const).map((one) => countOf(good, one));
  return `Of ${plural(good.length, 'good picture')}, ${ok} passed, ${review} ${were(review!)} given to a person to check and ${rejected} ${were(rejected!)} wrongly rejected${strange(good)}.`;
}

/** Pictures that show no product of the model. */
function strange(lines: readonly ReportLine[]): string {
  const count = countOf(lines, 'UNKNOWN');
  return count === 0 ? '' : `, ${count} looked like no product that the model knows`;
}

function ofNoProduct(scores: readonly ReportLine[]): string[] {
  const count = countOf(scores, 'UNKNOWN');
  if (count === 0) return [];
  return [
    `${plural(count, 'picture')} ${count === 1 ? 'looks' : 'look'} like none of the products (UNKNOWN) and ${were(count)} neither passed nor rejected.`,
  ];
}

function withoutVerdict(scores: readonly ReportLine[]): string[] {
  const none = scores.filter(({ verdict }) => verdict === null);
  if (none.length === 0) return [];
  const products = list([...new Set(none.map((line) => line.class))]);
  return [
    `${plural(none.length, 'picture')} got no verdict, because there are no thresholds for ${products}.`,
  ];
}

/** How far to trust it. */
function trust(
  defective: readonly ReportLine[],
  { lines, classes, tested = classes, thresholds: limits, selfTest, scale }: ReportFacts,
): string[] {
  const thresholds = tested.flatMap((name) => {
    const own = ownValue(limits, name);
    return own ? [{ name, ...own }] : [];
  });
  const chosenHere = thresholds.filter(({ method }) => method === 'f1').map(({ name }) => name);
  const few = thresholds.filter(
    ({ method, goodCount }) => (method === 'quantile' || method === 'drawn') && goodCount < FEW_GOOD,
  );
  const judged = defective.filter(({ verdict }) => verdict !== null);
  return [
    selfTestSentences({ selfTest, scale }),
    ...(judged.length > 0
      ? [
          `By these numbers, ${between(wilson(countOf(judged, 'OK'), judged.length))} of such defects pass as good (95 % interval).`,
        ]
      : [
          lines.length === 0
            ? 'How many real defects it would miss is not known: it was shown drawn ones only.'
            : 'How many defects it would miss is not known from these pictures: none of them is defective.',
        ]),
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

/** Names of a sentence; a reader of more is told their number. */
const MOST_NAMED = 12;

/** `a, b and c`; of many names the first ones, and the number of the others. */
function list(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  if (names.length > MOST_NAMED + 1) return someOf(names, MOST_NAMED);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}
