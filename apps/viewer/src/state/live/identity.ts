/** Ids in the open project, by the file that is judged. */
const ids = new WeakMap<Blob, string>();

/** Notes which picture of the project a file is. */
export function isPicture(file: Blob, id: string): void {
  ids.set(file, id);
}

/** The project's id of a file; undefined for one that it does not have. */
export const pictureIdOf = (file: Blob): string | undefined => ids.get(file);

/** Rows of judged pictures of the project, by their ids: a picture that is judged again keeps its row. */
const rows = new Map<string, number>();
let next = 0;

/** A row that no other file has. */
export const newRow = (): number => next++;

/** The row of a file in the list and table of judged files; `own` is the row of one that has none by its picture, by default a new one. */
export function rowOf(file: Blob, own?: number): number {
  const id = ids.get(file);
  if (id === undefined) return own ?? newRow();
  const known = rows.get(id) ?? own ?? newRow();
  rows.set(id, known);
  return known;
}

/** The list is empty again. */
export const forgetRows = (): void => rows.clear();
