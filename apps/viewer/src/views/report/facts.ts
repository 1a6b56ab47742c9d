import { csv } from '@pyramid-mamba/data';
import { reportParagraph, type ReportLine } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import { currentModel } from '@pyramid-mamba/projects';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import type { Item, OpenRun } from '../../run/types.js';
import { highestFirst } from '../../state/arranged.js';
import { model, thresholds } from '../../state/opened.js';
import { content } from '../../state/project/open.js';
import { doubtsOf, mistakeOf, outcomeOf, thresholdsOf, verdictOf } from '../../state/verdicts.js';

/** A picture of the report. */
export interface Row {
  readonly item: Item;
  readonly line: ReportLine;
  /** Missed defect or false reject; undefined where it is neither. */
  readonly mistake: string | undefined;
}

/** The report's pictures by the present thresholds: mistakes first, then the highest scores. */
export function rowsOf(run: OpenRun): Row[] {
  const rows = run.items.map((item): Row => {
    const { className, label } = item;
    return {
      item,
      line: { class: className, label, verdict: verdictOf(item) },
      mistake: mistakeOf(outcomeOf(item)),
    };
  });
  const rank = ({ mistake }: Row) => (mistake === 'missed defect' ? 0 : mistake === undefined ? 2 : 1);
  return rows.sort((a, b) => rank(a) - rank(b) || highestFirst(a.item, b.item));
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
    selfTest: model.value?.info.selfTest,
  });
}

/** The columns of the table, for a spreadsheet. */
export function reportCsv(rows: readonly Row[]): string {
  const head = ['file', 'product', 'truth', 'verdict', 'times limit', 'score', 'review', 'reject', 'remark'];
  const body = rows.map(({ item, line }) => {
    const limits = thresholdsOf(item.className) ?? null;
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
    ];
  });
  return `\ufeff${csv([head, ...body])}`;
}

/** The report for programs. */
export function reportJson(run: OpenRun, rows: readonly Row[], made: string): string {
  const pictures = rows.map(({ item, line }) => ({
    file: item.file,
    product: item.className,
    truth: line.label === null ? null : line.label === 0 ? 'good' : 'defective',
    verdict: line.verdict,
    score: item.score,
    doubts: doubtsOf(item),
  }));
  const limits = Object.fromEntries(
    run.classes.flatMap((name) => {
      const own = ownValue(thresholds.value, name);
      return own ? [[name, { review: own.review, reject: own.reject, method: own.method }] as const] : [];
    }),
  );
  return `${JSON.stringify({ name: run.name, made, summary: sentencesOf(run, rows), thresholds: limits, pictures }, null, 2)}\n`;
}
