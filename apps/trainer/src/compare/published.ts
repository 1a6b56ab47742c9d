// The paper's tables I (image) and II (pixel), all columns: MVTec AD, in percent, one model for all classes. Some cells of the columns of
// other methods differ from what their own papers print; they stand here as in these tables.
import { PAPER_CLASSES, PAPER_MEAN, type PaperRow } from '@pyramid-mamba/model';

/** A column of both tables. */
export interface Published {
  readonly title: string;
  /** By MVTec AD's class names. */
  readonly classes: Readonly<Record<string, PaperRow>>;
  /** The row "Mean" as printed; not always the mean of the rows. */
  readonly mean: PaperRow;
}

export const PUBLISHED: readonly Published[] = [
  {
    title: 'DeSTSeg',
    classes: {
      bottle: [98.7, 99.6, 96.8, 97.2, 53.8, 62.4, 89.0],
      cable: [89.5, 94.6, 85.9, 96.7, 42.4, 51.2, 85.4],
      capsule: [82.8, 95.9, 92.6, 98.5, 5.4, 44.3, 84.5],
      hazelnut: [98.8, 99.2, 98.6, 98.4, 44.6, 51.4, 87.4],
      metal_nut: [92.9, 98.4, 92.2, 98.0, 83.1, 79.4, 85.2],
      pill: [77.1, 94.4, 91.7, 96.5, 72.4, 67.7, 81.9],
      screw: [69.9, 88.4, 85.4, 96.5, 15.9, 23.2, 84.0],
      toothbrush: [71.7, 89.3, 84.5, 98.4, 46.9, 52.5, 87.4],
      transistor: [78.2, 79.5, 68.8, 95.8, 58.2, 56.0, 83.2],
      zipper: [88.4, 96.3, 93.1, 97.9, 53.4, 54.6, 90.7],
      carpet: [95.9, 98.8, 94.9, 97.4, 38.7, 43.2, 90.6],
      grid: [97.9, 99.2, 96.6, 96.8, 20.5, 27.6, 88.6],
      leather: [99.2, 99.8, 98.9, 98.7, 28.5, 32.9, 92.7],
      tile: [97.0, 98.9, 95.3, 95.7, 60.5, 59.9, 90.6],
      wood: [99.9, 100.0, 99.2, 91.4, 34.8, 39.7, 76.3],
    },
    mean: [89.2, 95.5, 91.6, 96.9, 45.9, 49.7, 86.5],
  },
  {
    title: 'RD4AD',
    classes: {
      bottle: [99.6, 99.9, 98.4, 97.8, 68.2, 67.6, 94.0],
      cable: [84.1, 89.5, 82.5, 85.1, 26.3, 33.6, 75.1],
      capsule: [89.0, 97.5, 95.5, 98.8, 43.4, 50.0, 94.8],
      hazelnut: [60.8, 69.8, 86.4, 97.9, 36.2, 51.6, 92.7],
      metal_nut: [100.0, 100.0, 99.5, 94.8, 55.5, 66.4, 91.9],
      pill: [97.5, 99.6, 96.8, 97.5, 63.4, 65.2, 95.8],
      screw: [97.7, 99.3, 95.8, 99.4, 40.2, 44.6, 96.8],
      toothbrush: [97.2, 99.0, 94.7, 99.0, 53.6, 58.8, 92.0],
      transistor: [94.2, 95.2, 90.0, 85.9, 42.3, 45.2, 74.7],
      zipper: [99.5, 99.9, 99.2, 98.5, 53.9, 60.3, 94.1],
      carpet: [98.5, 99.6, 97.2, 99.0, 58.5, 60.4, 95.1],
      grid: [98.0, 99.4, 96.5, 96.5, 23.0, 28.4, 97.0],
      leather: [100.0, 100.0, 100.0, 99.3, 38.0, 45.1, 97.4],
      tile: [98.3, 99.3, 96.4, 95.3, 48.5, 60.5, 85.8],
      wood: [99.2, 99.8, 98.3, 95.3, 47.8, 51.0, 90.0],
    },
    mean: [94.6, 96.5, 95.2, 96.1, 48.6, 53.8, 91.1],
  },
  {
    title: 'DiAD',
    classes: {
      bottle: [99.7, 96.5, 91.8, 98.4, 52.2, 54.8, 86.6],
      cable: [94.8, 98.8, 95.2, 96.8, 50.1, 57.8, 80.5],
      capsule: [94.4, 98.7, 94.9, 97.1, 42.0, 45.3, 87.2],
      hazelnut: [99.5, 99.7, 97.3, 98.3, 79.2, 80.4, 91.5],
      metal_nut: [99.1, 96.0, 91.6, 97.3, 30.0, 38.3, 90.6],
      pill: [95.7, 98.5, 94.5, 95.7, 46.0, 51.4, 89.0],
      screw: [90.7, 99.7, 97.9, 97.9, 60.6, 59.6, 95.0],
      toothbrush: [99.7, 99.9, 99.2, 99.0, 78.7, 72.8, 95.0],
      transistor: [99.8, 99.6, 97.4, 95.1, 15.6, 31.7, 90.0],
      zipper: [95.1, 99.1, 94.4, 96.2, 60.7, 60.0, 91.6],
      carpet: [99.4, 99.9, 98.3, 98.6, 42.2, 46.4, 90.6],
      grid: [98.5, 99.8, 97.7, 97.0, 42.1, 46.9, 86.8],
      leather: [99.8, 99.7, 97.6, 98.8, 56.1, 62.3, 91.3],
      tile: [96.8, 99.9, 98.4, 92.4, 65.7, 64.1, 90.7],
      wood: [99.7, 100.0, 100.0, 93.3, 43.3, 43.5, 97.5],
    },
    mean: [97.2, 99.0, 96.5, 96.8, 52.6, 55.5, 90.7],
  },
  {
    title: 'MambaAD',
    classes: {
      bottle: [100.0, 100.0, 100.0, 98.8, 79.7, 76.7, 95.2],
      cable: [98.8, 99.2, 95.7, 95.8, 42.2, 48.1, 90.3],
      capsule: [94.1, 96.9, 96.9, 98.4, 43.9, 47.7, 92.6],
      hazelnut: [100.0, 100.0, 100.0, 99.0, 63.6, 64.4, 95.7],
      metal_nut: [99.9, 100.0, 99.5, 96.7, 74.5, 79.1, 93.7],
      pill: [97.0, 99.5, 96.2, 97.4, 64.0, 66.5, 95.7],
      screw: [94.7, 97.9, 94.0, 99.5, 49.8, 50.9, 97.1],
      toothbrush: [98.3, 99.3, 98.4, 99.0, 48.5, 59.2, 91.7],
      transistor: [100.0, 100.0, 100.0, 96.5, 69.4, 67.1, 87.0],
      zipper: [99.3, 99.8, 97.5, 98.4, 60.4, 61.7, 94.3],
      carpet: [99.8, 99.9, 99.4, 99.2, 60.0, 63.3, 96.7],
      grid: [100.0, 100.0, 100.0, 99.2, 47.4, 47.7, 97.0],
      leather: [100.0, 100.0, 100.0, 99.4, 50.3, 53.3, 98.7],
      tile: [98.2, 99.3, 95.4, 93.8, 45.1, 54.8, 80.0],
      wood: [98.8, 99.6, 96.6, 94.4, 46.2, 48.2, 91.2],
    },
    mean: [98.6, 99.6, 97.8, 97.7, 56.3, 59.2, 93.1],
  },
  { title: 'Pyramid-Mamba', classes: PAPER_CLASSES, mean: PAPER_MEAN },
];

/** The mean of a column's rows of these classes; the printed one where these are all. undefined where it lacks one of them. */
export function publishedMean({ classes, mean }: Published, names: readonly string[]): PaperRow | undefined {
  if (names.length === 0 || names.some((name) => !Object.hasOwn(classes, name))) return undefined;
  if (names.length === Object.keys(classes).length) return mean;
  const rows = names.map((name) => classes[name]!);
  return mean.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length) as unknown as PaperRow;
}
