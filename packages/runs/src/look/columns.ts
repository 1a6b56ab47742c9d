import type { Figures } from '../report.js';

/** One of the seven figures of a class. */
export interface Column {
  /** Measured on pictures or on their pixels. */
  readonly level: 'image' | 'pixel';
  readonly title: string;
  /** Key in the figures of its level. */
  readonly path: string;
  readonly of: (figures: Figures) => number | null;
}

/** The seven figures, image level then pixel level: the columns of every table. */
export const COLUMNS: readonly Column[] = [
  { level: 'image', title: 'AU-ROC', path: 'image.auroc', of: ({ image }) => image.auroc },
  { level: 'image', title: 'AP', path: 'image.ap', of: ({ image }) => image.ap },
  { level: 'image', title: 'F1-max', path: 'image.f1max', of: ({ image }) => image.f1max },
  { level: 'pixel', title: 'AU-ROC', path: 'pixel.auroc', of: ({ pixel }) => pixel.auroc },
  { level: 'pixel', title: 'AP', path: 'pixel.ap', of: ({ pixel }) => pixel.ap },
  { level: 'pixel', title: 'F1-max', path: 'pixel.f1max', of: ({ pixel }) => pixel.f1max },
  { level: 'pixel', title: 'AU-PRO', path: 'pixel.aupro', of: ({ pixel }) => pixel.aupro },
];

/** Full names of the columns; AU-PRO exists on pixels alone. */
export const FIGURES: readonly string[] = COLUMNS.map(({ level, title }) =>
  title === 'AU-PRO' ? title : `${level} ${title}`,
);

/** Headings of a table, where only the first column of a level names it. */
export const HEADINGS: readonly string[] = COLUMNS.map(({ level, title }, c) =>
  COLUMNS[c - 1]?.level === level ? title : `${level} ${title}`,
);

/** The figures in the order of `COLUMNS`, in percent. */
export const percentOf = (figures: Figures): (number | null)[] =>
  COLUMNS.map(({ of }) => {
    const value = of(figures);
    return value === null ? null : value * 100;
  });
