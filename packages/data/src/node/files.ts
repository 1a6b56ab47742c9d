import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { FileError } from '../errors.js';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space and run the command again',
  EDQUOT: "the user's disk quota is used up; free some space and run the command again",
  EFBIG: 'the file is larger than the system allows; raise the limit or choose another disk',
  EROFS: 'the file system is read-only; choose another folder',
  EACCES: 'permission is missing; change the rights of the folder or choose another one',
  EPERM: 'permission is missing; change the rights of the folder or choose another one',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another path',
  EEXIST: 'a part of the path is a file, not a folder; choose another path',
  EISDIR: 'there is a folder of that name; choose another path',
};

/** What went wrong with a file, as half a sentence that ends in what to do. */
export function fileReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return REASONS[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

let written = 0;

/** Makes the rename itself survive a power cut; not every system lets a folder be opened, and none needs it for safety. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Writes a whole file or nothing: bytes go to a temporary name in the same folder, are flushed to the disk and then
 * renamed over `path`, so that a reader, a kill or a full disk never meets half a file. Missing folders are made. Text is
 * written as UTF-8. On failure the temporary file is removed, an older `path` stays as it was, and a FileError says why.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${threadId}-${written++}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(temporary, 'w');
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
