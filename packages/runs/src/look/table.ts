import type { Figures } from '../report.js';

/** A table in Markdown: the first column is left-aligned, the others right-aligned. Cells must be escaped. */
export const markdownTable = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${header.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(header.length - 1)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

/** One number to rank methods by: the mean of image AU-ROC, pixel AP and AU-PRO, 0 to 1; null where one of them is undefined. */
export function overall({ image, pixel }: Figures): number | null {
  const three = [image.auroc, pixel.ap, pixel.aupro];
  return three.every((one) => one !== null) ? three.reduce((sum, one) => sum + one, 0) / three.length : null;
}
