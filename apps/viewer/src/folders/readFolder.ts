import type { FoundFile } from './goodFolder.js';

/** Maximum number of files of a folder of product pictures. */
const MOST_FILES = 50_000;

/** A folder's files, read to any depth. */
export interface ReadFolder {
  readonly name: string;
  readonly files: FoundFile<File>[];
  /** Whether they are files without a folder, which then says nothing of them. */
  readonly loose?: true;
}

/** Files that were chosen or dropped without a folder. */
export const looseFiles = (files: readonly File[]): ReadFolder => ({
  name: 'product',
  files: files.map((file) => ({ path: file.name, file })),
  loose: true,
});

/** The folder from a folder dialog; undefined if it was empty. */
export function fromInput(list: readonly File[]): ReadFolder | undefined {
  const [first] = list;
  if (!first) return undefined;
  // a browser without a folder picker returns files without a folder
  const name = first.webkitRelativePath.split('/')[0] || 'product';
  const files = list.map((file) => ({
    path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name,
    file,
  }));
  return { name, files };
}

/** What was dropped; to be asked at once, because a drop's data expire. */
export const entriesOf = ({ items }: DataTransfer): FileSystemEntry[] =>
  [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);

/** The folder, or the loose pictures, that were dropped. Reads the entries synchronously, because a drop's data expire. */
export const fromDrop = (data: DataTransfer): Promise<ReadFolder | undefined> => readEntries(entriesOf(data));

/** The files of dropped entries. */
export async function readEntries(entries: readonly FileSystemEntry[]): Promise<ReadFolder> {
  const [first] = entries;
  const files: FoundFile<File>[] = [];
  if (first?.isDirectory && entries.length === 1) {
    await readInto(first as FileSystemDirectoryEntry, '', files);
    return { name: first.name, files };
  }
  for (const entry of entries) await readEntry(entry, '', files);
  const loose = entries.every((entry) => entry.isFile);
  return { name: 'product', files, ...(loose ? { loose } : {}) };
}

async function readInto(
  folder: FileSystemDirectoryEntry,
  path: string,
  files: FoundFile<File>[],
): Promise<void> {
  const reader = folder.createReader();
  // a reader returns entries in batches, and an empty batch at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const entry of some) await readEntry(entry, path, files);
  }
}

async function readEntry(entry: FileSystemEntry, path: string, files: FoundFile<File>[]): Promise<void> {
  if (files.length >= MOST_FILES) {
    throw new Error(
      `the folder contains more than ${MOST_FILES} files; choose a folder with only the pictures`,
    );
  }
  if (entry.isDirectory) {
    await readInto(entry as FileSystemDirectoryEntry, `${path}${entry.name}/`, files);
  } else {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    files.push({ path: `${path}${entry.name}`, file });
  }
}
