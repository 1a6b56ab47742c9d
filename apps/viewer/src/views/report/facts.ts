import { csv } from '@pyramid-mamba/data';
import {
  extentText,
  REGION_COLUMNS,
  regionCells,
  reportParagraph,
  retested,
  type ReportLine,
} from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import type { SelfTest } from '@pyramid-mamba/model';
import { currentModel, type Judged } from '@pyramid-mamba/projects';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import type { Item, OpenRun } from '../../run/types.js';
import { highestFirst } from '../../state/arranged.js';
import { mmOf, mmSeenBy } from '../../state/millimetres.js';
import { model, thresholds } from '../../state/opened.js';
import { LEFT_OUT } from '../../state/project/leftOut.js';
import { content } from '../../state/project/open.js';
import { doubtsOf, mistakeOf, outcomeOf, thresholdsOf, verdictOf } from '../../state/verdicts.js';

/** A picture of the report. */
export interface Row {
  readonly item: Item;
  readonly line: ReportLine;
  /** Missed defect or false reject; undefined where it is neither. */
  readonly mistake: string | undefined;
  /**
   * Where it is anomalous by the present limits, the most anomalous region first, in pixels of the picture as taken. undefined where it is not
   * known: of the pictures of a run, which keeps maps alone, and of those that were judged by other limits, or as not learnt.
   */
  readonly regions: Judged['regions'] | undefined;
  /** Length of such a pixel in mm; undefined without a scale. */
  readonly mm: number | undefined;
}

function regionsOf({ id, className }: Item): Judged['regions'] | undefined {
  const judged = content.value?.judged.get(id);
  if (!judged || judged.review === null || judged.remark.includes(LEFT_OUT)) return undefined;
  return judged.review === thresholdsOf(className)?.review ? judged.regions : undefined;
}

/** The report's pictures by the present thresholds: mistakes first, then the highest scores. */
export function rowsOf(run: OpenRun): Row[] {
  const rows = run.items.map((item): Row => {
    const { className, label } = item;
    return {
      item,
      line: { class: className, label, verdict: verdictOf(item) },
      mistake: mistakeOf(outcomeOf(item)),
      regions: regionsOf(item),
      mm: mmOf(className, content.value?.pictures.get(item.id)?.width ?? null),
    };
  });
  const rank = ({ mistake }: Row) => (mistake === 'missed defect' ? 0 : mistake === undefined ? 2 : 1);
  return rows.sort((a, b) => rank(a) - rank(b) || highestFirst(a.item, b.item));
}

/** The self-test of the open model by the thresholds in force, as the verdicts are; undefined where it has none. */
export function selfTestNow(): SelfTest | undefined {
  const { selfTest, calibration } = model.value?.info ?? {};
  return selfTest && retested(selfTest, { ...calibration, ...thresholds.value });
}

/** What was inspected, what was found and missed, and how far to trust it: sentences. */
export function sentencesOf(run: OpenRun, rows: readonly Row[]): string[] {
  const now = content.value;
  const learnt = now ? currentModel(now)?.learnt.length : undefined;
  return reportParagraph({
    lines: rows.map(({ line }) => line),
    classes: run.classes,
    learnt,
    thresholds: thresholds.value,
    selfTest: selfTestNow(),
    scale: mmSeenBy(model.value?.info),
  });
}

const square = (mm: number | undefined) => (mm === undefined ? undefined : { x: mm, y: mm });

/** The most anomalous region of a picture, and how many more it has; '' where it has none, or none is known. */
export function regionText({ regions, mm }: Pick<Row, 'regions' | 'mm'>): string {
  const [first, ...more] = regions ?? [];
  if (!first) return '';
  const text = extentText(first.width, first.height, square(mm));
  return more.length === 0 ? text : `${text}, and ${more.length} more`;
}

/** The columns of the table, for a spreadsheet. */
export function reportCsv(rows: readonly Row[]): string {
  const head = ['file', 'product', 'truth', 'verdict', 'times limit', 'score', 'review', 'reject', 'remark'];
  const body = rows.map(({ item, line, regions, mm }) => {
    const limits = thresholdsOf(item.className) ?? null;
    const [first] = regions ?? [];
    const box = first && ([first.x, first.y, first.width, first.height] as const);
    const found = regions && { count: regions.length, first: box };
    return [
      item.file,
      item.className,
      line.label === null ? '' : line.label === 0 ? 'good' : 'defective',
      line.verdict,
      limits && scoreOfLimit(item.score, limits),
      item.score,
      limits?.review ?? null,
      limits?.reject ?? null,
      doubtsOf(item).join('; '),
      ...regionCells(found, square(mm)),
    ];
  });
  return `\ufeff${csv([[...head, ...REGION_COLUMNS], ...body])}`;
}

/** The report for programs. */
export function reportJson(run: OpenRun, rows: readonly Row[], made: string): string {
  const pictures = rows.map(({ item, line, regions, mm }) => ({
    file: item.file,
    product: item.className,
    truth: line.label === null ? null : line.label === 0 ? 'good' : 'defective',
    verdict: line.verdict,
    score: item.score,
    doubts: doubtsOf(item),
    regions: regions?.map(({ x, y, width, height }) => ({ x, y, width, height })) ?? null,
    mmPerPixel: mm ?? null,
  }));
  const limits = Object.fromEntries(
    run.classes.flatMap((name) => {
      const own = ownValue(thresholds.value, name);
      return own ? [[name, { review: own.review, reject: own.reject, method: own.method }] as const] : [];
    }),
  );
  const selfTest = Object.fromEntries(
    Object.entries(selfTestNow() ?? {}).map(([name, { passed, drawn, good }]) => [
      name,
      { passed, drawn, good },
    ]),
  );
  const about = {
    name: run.name,
    made,
    summary: sentencesOf(run, rows),
    selfTest,
    thresholds: limits,
    pictures,
  };
  return `${JSON.stringify(about, null, 2)}\n`;
}
