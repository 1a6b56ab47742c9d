// The paper's tables I (image) and II (pixel), the column of Pyramid-Mamba: MVTec AD, in percent.

/** Image AU-ROC, AP, F1-max; pixel AU-ROC, AP, F1-max, AU-PRO. */
export type PaperRow = readonly [number, number, number, number, number, number, number];

/** By MVTec AD's class names. */
export const PAPER_CLASSES: Readonly<Record<string, PaperRow>> = {
  bottle: [100.0, 100.0, 100.0, 98.9, 81.0, 77.4, 96.1],
  cable: [99.2, 99.5, 96.8, 96.8, 42.9, 48.9, 90.1],
  capsule: [95.1, 99.0, 94.8, 98.6, 45.2, 48.3, 94.0],
  hazelnut: [100.0, 100.0, 100.0, 99.2, 70.2, 68.8, 95.6],
  metal_nut: [99.7, 99.9, 99.5, 97.1, 77.3, 80.2, 93.9],
  pill: [96.9, 99.5, 96.6, 97.6, 65.8, 67.4, 97.1],
  screw: [96.9, 99.5, 96.6, 99.5, 51.1, 51.0, 97.6],
  toothbrush: [94.6, 97.9, 95.9, 99.0, 49.1, 60.8, 92.5],
  transistor: [98.3, 99.3, 96.8, 96.9, 69.7, 67.0, 91.6],
  zipper: [100.0, 99.9, 99.9, 98.3, 59.1, 61.2, 94.6],
  carpet: [99.1, 99.8, 97.9, 99.3, 65.1, 64.5, 97.2],
  grid: [100.0, 100.0, 100.0, 99.2, 49.1, 48.5, 97.5],
  leather: [100.0, 100.0, 100.0, 99.4, 50.4, 53.5, 98.7],
  tile: [98.6, 99.5, 96.5, 93.8, 45.5, 55.0, 81.7],
  wood: [99.4, 99.8, 98.3, 94.7, 48.3, 49.4, 99.8],
};

/** The row "Mean" as printed; not always the mean of the rows above. */
export const PAPER_MEAN: PaperRow = [98.6, 99.5, 97.9, 97.8, 57.3, 59.7, 93.5];

/** The mean of the paper's rows of these classes, or undefined if it has none of them. */
export function paperMeanOf(classes: readonly string[]): PaperRow | undefined {
  const rows = classes.flatMap((name) => (Object.hasOwn(PAPER_CLASSES, name) ? [PAPER_CLASSES[name]!] : []));
  if (rows.length === 0) return undefined;
  return PAPER_MEAN.map(
    (_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length,
  ) as unknown as PaperRow;
}
