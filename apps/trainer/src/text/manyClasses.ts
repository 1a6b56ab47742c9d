/** Classes of which terminal and report tell one by one; of more they tell those that matter most, and where the rest is. */
export const MOST_CLASSES = 24;

/** Whether so many classes are told of one by one. */
export const isMany = (classes: number): boolean => classes > MOST_CLASSES;

/** One line a class; of many classes the first ones, and a line that says where the others are. */
export function classLines(lines: readonly string[], rest: string): string[] {
  if (!isMany(lines.length)) return [...lines];
  return [...lines.slice(0, MOST_CLASSES), `… and ${lines.length - MOST_CLASSES} more classes: ${rest}`];
}

/** The first rows of a table by an order of importance, where there are many; else all of them as they are. */
export function mostImportant<T>(rows: readonly T[], order: (a: T, b: T) => number): readonly T[] {
  return isMany(rows.length) ? rows.toSorted(order).slice(0, MOST_CLASSES) : rows;
}
