import type { FoundFile } from './goodFolder.js';

/** Maximum number of files of a folder of product pictures. */
const MOST_FILES = 50_000;

/** A folder's files, read to any depth. */
export interface ReadFolder {
  readonly name: string;
  readonly files: FoundFile<File>[];
}

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

/** The folder, or the loose pictures, that were dropped. Reads the entries synchronously, because a drop's data expire. */
export async function fromDrop({ items }: DataTransfer): Promise<ReadFolder | undefined> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const [first] = entries;
  if (!first) return undefined;
  const files: FoundFile<File>[] = [];
  if (entries.length === 1 && first.isDirectory) {
    await readInto(first as FileSystemDirectoryEntry, '', files);
    return { name: first.name, files };
  }
  for (const entry of entries) await readEntry(entry, '', files);
  return { name: 'product', files };
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
