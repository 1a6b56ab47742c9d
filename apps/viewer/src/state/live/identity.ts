import { signal } from '@preact/signals';

/** Ids in the open project, by the file that is judged. */
const ids = new WeakMap<Blob, string>();
/** Counts them: a file that is shown may become a picture of the project later. */
const noted = signal(0);

/** Notes which picture of the project a file is. */
export function isPicture(file: Blob, id: string): void {
  ids.set(file, id);
  noted.value++;
}

/** The project's id of a file; undefined for one that it does not have. */
export function pictureIdOf(file: Blob): string | undefined {
  void noted.value;
  return ids.get(file);
}

/**
 * Rows in the list and table of judged files, for as long as the page is open: a file may wait to be judged while models change and lists begin
 * anew, and has the same row then. Of a picture of a project all files have one.
 */
const rowsOfPictures = new Map<string, number>();
const rowsOfFiles = new WeakMap<Blob, number>();
let next = 0;

/** A row that no other file has. */
export const newRow = (): number => next++;

/** The row of a file: that of its picture where it is one of the project. */
export function rowOf(file: Blob): number {
  const id = ids.get(file);
  const row = (id === undefined ? undefined : rowsOfPictures.get(id)) ?? rowsOfFiles.get(file) ?? newRow();
  rowsOfFiles.set(file, row);
  if (id !== undefined) rowsOfPictures.set(id, row);
  return row;
}
