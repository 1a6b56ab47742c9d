import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError } from '../errors.js';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space and run the command again',
  EDQUOT: "the user's disk quota is used up; free some space and run the command again",
  EFBIG: 'the file is larger than the system allows; raise the limit or choose another disk',
  EIO: 'the disk reports an input/output error; check the disk or the connection to it and run the command again',
  EROFS: 'the file system is read-only; choose another folder',
  EACCES: 'permission is missing; change the rights of the folder or choose another one',
  EPERM: 'permission is missing; change the rights of the folder or choose another one',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another path',
  EEXIST: 'a part of the path is a file, not a folder; choose another path',
  ENOENT: 'there is no such file or folder, nor can it be made; check the path',
  EISDIR: 'there is a folder of that name; choose another path',
};

/** The reason of a file error, as half a sentence that ends with what to do. */
export function fileReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return REASONS[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

/** Characters of a file's name in its temporary name, which stays below 255 bytes, the usual limit. */
const KEPT = 60;
const TEMPORARY = /^\..*\.(\d+)(?:-(?:[0-9a-f]{16}|\d+-\d+))?\.tmp$/s;

/**
 * A temporary name beside `path`: hidden, ending in `.tmp`, with the process's id, by which a later process can check whether
 * the writer is still running, and 64 random bits, which no other process can guess or share.
 */
export function temporaryPath(path: string): string {
  const name = basename(path).slice(0, KEPT);
  return join(dirname(path), `.${name}.${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
}

/** The id of the process that made a temporary name, of this version or an older one; undefined for any other name. */
export function temporaryOwner(name: string): number | undefined {
  const pid = TEMPORARY.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * Makes a folder and those above it that are missing. Unlike `mkdir` with `recursive`, which on some file systems (/proc) never
 * ends, it rejects where a folder cannot be made. Resolves to the outermost one that was made, if any.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.push(at);
  missing.reverse();
  for (const one of missing) {
    // another process may have made it meanwhile
    await mkdir(one).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return missing[0];
}

/** Flushes a rename in a folder to disk. Does nothing on systems that cannot open a folder. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

/**
 * Writes a file atomically: bytes are written to a temporary name in the same folder, flushed to disk and renamed over
 * `path`, so that a reader, a kill or a full disk never leaves a partial file. Missing folders are created. Text is
 * written as UTF-8. On failure the temporary file is removed, an older `path` is unchanged, and a FileError gives the reason.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryPath(path);
  try {
    await makeFolder(folder);
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
  }
  await syncFolder(folder);
}
