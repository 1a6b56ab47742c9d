import { readdir, realpath, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { DataError } from '../errors.js';
import { fileReason } from './files.js';
import { isIgnored } from '../names/ignored.js';
import { formatsSentence } from './layouts/reading/unread.js';
import { mapLimit } from './mapLimit.js';
import { pictureKind } from './decoding/pictureKind.js';

const OPENED_AT_ONCE = 16;

export interface FoundPictures {
  /** Absolute or relative paths, like `folder`, sorted: pictures, and those in unsupported formats. */
  paths: string[];
  /** Number of files in unsupported formats, by suffix; undefined if there are none. */
  notice?: string;
}

/**
 * The pictures in a folder, to any depth; links are followed, hidden files and system indexes are skipped. A picture in an
 * unsupported format is among the paths, so that it fails by name, unless the same picture is beside it in another
 * format (a raw picture beside its JPEG). Throws a DataError for a folder that cannot be read.
 */
export async function pictureFiles(folder: string): Promise<FoundPictures> {
  const files: string[] = [];
  const visited = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (isIgnored(entry.name)) continue;
      const full = join(path, entry.name);
      const found = entry.isSymbolicLink() ? await stat(full).catch(() => undefined) : entry;
      if (found?.isDirectory()) await visit(full);
      // a broken link is kept: opening it gives an error with its name
      else if (found === undefined || found.isFile()) files.push(full);
    }
  };
  try {
    await visit(folder);
  } catch (error) {
    const { path = folder } = error as NodeJS.ErrnoException;
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  const kinds = await mapLimit(files, OPENED_AT_ONCE, pictureKind);
  const read = files.filter((_, i) => kinds[i] === 'read');
  const others = files.filter((_, i) => kinds[i] === 'not-read');
  const stem = (path: string) => {
    const { dir, name } = parse(path);
    return join(dir, name).normalize('NFC');
  };
  const twins = new Set(read.map(stem));
  const alone = others.filter((path) => !twins.has(stem(path)));
  const notice = others.length === 0 ? {} : { notice: formatsSentence(folder, others) };
  return { paths: [...read, ...alone].sort(), ...notice };
}
