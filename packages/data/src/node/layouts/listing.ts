import { readdir, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { DataError } from '../../errors.js';
import { fileReason } from '../files.js';

const PICTURE = /\.(png|jpe?g)$/i;

/**
 * Orders names with numbers by value, `9` before `10`, and everything else by code units. Not `localeCompare`: its order
 * depends on the language data Node was built with.
 */
export function compareNames(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const l = left[i]!;
    const r = right[i]!;
    if (l === r) continue;
    const byValue = /^\d/.test(l) && /^\d/.test(r) ? Number(l) - Number(r) : 0;
    if (byValue !== 0) return byValue;
    return l < r ? -1 : 1;
  }
  return left.length - right.length;
}

/** What lies in a folder, hidden entries left out, links followed, sorted. */
export interface Listing {
  folders: string[];
  files: string[];
}

/** Lists a folder, or gives undefined where there is none. Throws a DataError where it cannot be read. */
export async function list(folder: string): Promise<Listing | undefined> {
  const listing: Listing = { folders: [], files: [] };
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      // a link that leads nowhere counts as a file: opening it later says so with its name
      const isFolder = entry.isSymbolicLink()
        ? await stat(join(folder, entry.name)).then(
            (target) => target.isDirectory(),
            () => false,
          )
        : entry.isDirectory();
      (isFolder ? listing.folders : listing.files).push(entry.name);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DataError(`${folder} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  listing.folders.sort(compareNames);
  listing.files.sort(compareNames);
  return listing;
}

/** One picture file: its name, and its name without the extension. */
export interface PictureFile {
  name: string;
  stem: string;
}

/**
 * The PNG and JPEG files of a folder, sorted; none where the folder is missing. Throws a DataError where two of them
 * differ in the extension alone, since masks are found by the name without it.
 */
export async function listPictures(folder: string): Promise<PictureFile[]> {
  const files = (await list(folder))?.files ?? [];
  const byStem = new Map<string, PictureFile>();
  for (const name of files.filter((file) => PICTURE.test(file))) {
    const stem = parse(name).name;
    const other = byStem.get(stem);
    if (other) {
      throw new DataError(
        `${folder} holds both ${other.name} and ${name}: names must differ in more than the extension; remove or rename one`,
      );
    }
    byStem.set(stem, { name, stem });
  }
  return [...byStem.values()];
}
