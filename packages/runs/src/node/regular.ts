// Reads files of an untrusted folder: only regular files, of bounded size, and only inside the folder.
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileReason } from '@pyramid-mamba/data/node';
import { RunError } from '../storage/port.js';

/** Without it, opening a pipe waits for a writer. Windows has neither this flag nor such pipes. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** An open regular file. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  /** Modification time in milliseconds since 1970. */
  readonly changed: number;
}

/**
 * Opens a regular file; the caller closes it. undefined if there is none. Throws a RunError for a folder, a pipe, a device, or a file
 * of more than `most` bytes.
 */
export async function openRegular(path: string, most: number): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RunError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new RunError(`${path} is not read: expected a file, but it is a folder, a pipe or a device`);
    }
    if (stat.size > most) {
      const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
      throw new RunError(
        `${path} is not read: it has ${mib(stat.size)} MiB, more than the maximum of ${mib(most)} MiB for such a file`,
      );
    }
    return { handle, size: stat.size, changed: stat.mtimeMs };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a regular file; undefined if there is none. Throws a RunError like `openRegular`. */
export async function readRegular(path: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await openRegular(path, most);
  if (!file) return undefined;
  try {
    return await file.handle.readFile();
  } catch (error) {
    throw new RunError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  } finally {
    await file.handle.close();
  }
}

/**
 * The location of a file named by a folder's contents, links resolved; undefined if there is none. Throws a RunError for a path
 * that leads out of the folder, by its text or by a link.
 *
 * @param path relative to the folder, parts joined by `/`
 */
export async function placeInside(folder: string, path: string): Promise<string | undefined> {
  const parts = path.split('/');
  const outside = () =>
    new RunError(
      `${folder}: the path ${JSON.stringify(path)} is not read, because it leads out of the folder`,
    );
  // drive letters, other separators and NUL are special on some systems
  if (parts.some((part) => part === '' || part === '.' || part === '..') || /[\\:\0]/.test(path))
    throw outside();
  let root: string;
  let place: string;
  try {
    root = await realpath(folder);
    place = await realpath(join(root, ...parts));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw new RunError(`${folder}: ${JSON.stringify(path)} cannot be read: ${fileReason(error)}`, {
      cause: error,
    });
  }
  const rest = relative(root, place);
  if (isAbsolute(rest) || rest === '..' || rest.startsWith(`..${sep}`)) throw outside();
  return place;
}

/** The bytes of a file named by a folder's contents; see `placeInside` and `readRegular`. */
export async function readInside(
  folder: string,
  path: string,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const place = await placeInside(folder, path);
  return place === undefined ? undefined : readRegular(place, most);
}
