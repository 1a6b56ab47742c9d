// One writer a folder. A lock is the file `.lock` with the claim of a process in it. The libraries at hand tell a dead holder
// by a time stamp that the living one must renew; training blocks its thread for longer than any such time, and a laptop
// sleeps. Here a holder is dead only where that is certain.
import { createHash } from 'node:crypto';
import { link, open, readFile, realpath, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder, temporaryPath } from '@pyramid-mamba/data/node';
import { UserError } from '../errors.js';
import { claimOf, lifeOf, parseHolder, type Holder } from './holder.js';

/** The lock's name in the folder that it is of. */
export const LOCK = '.lock';

/** Tokens of the locks that this process holds. One that it could not remove, from a disk that had failed, is not among them. */
const held = new Set<string>();

/** Another process is about to have the lock, or to give it back: looked at again after so long, so many times. */
const PAUSE_MS = 20;
const PAUSES = 100;

/** File systems without hard links answer so. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'UNKNOWN'];

/**
 * Does `work` while no other process writes to `folders`, which are made where they are missing and removed again where they
 * end empty. `command` is what others are told of this process.
 *
 * @throws UserError where another process holds one of the folders; FileError where one cannot be written to
 */
export async function withLock<T>(
  folders: readonly string[],
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  const locks: FolderLock[] = [];
  try {
    // in one order everywhere, so that of two processes one gets all
    for (const folder of [...new Set(folders)].sort()) {
      if (!(await isAmong(locks, folder))) locks.push(await FolderLock.take(folder, command));
    }
    return await work();
  } finally {
    for (const lock of locks.reverse()) await lock.release();
  }
}

/** Whether two paths, links followed, lead to one folder. */
async function isAmong(locks: readonly FolderLock[], folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => undefined);
  return real !== undefined && locks.some((lock) => lock.real === real);
}

/** The right to write to a folder, until it is released or the process ends. */
export class FolderLock {
  private constructor(
    readonly folder: string,
    readonly real: string,
    private readonly claim: Holder,
    /** The outermost folder that was made for the lock. */
    private readonly made: string | undefined,
  ) {}

  /** Throws as `withLock`. */
  static async take(folder: string, command: string): Promise<FolderLock> {
    const claim = claimOf(command);
    held.add(claim.token);
    let made: string | undefined;
    let rival: Holder | undefined;
    try {
      made = await makeFolder(folder);
      rival = await claimPath(join(folder, LOCK), claim);
    } catch (error) {
      held.delete(claim.token);
      await removeEmpty(folder, made);
      throw new FileError(`${folder} cannot be written: ${fileReason(error)}`, { cause: error });
    }
    if (rival) {
      held.delete(claim.token);
      throw new UserError(inUse(folder, rival));
    }
    return new FolderLock(folder, await realpath(folder), claim, made);
  }

  async release(): Promise<void> {
    const path = join(this.folder, LOCK);
    // a folder that cannot be written any more keeps a lock that nobody holds, which stops nobody
    const there = await readHolder(path).catch(() => undefined);
    if (there?.token === this.claim.token) await unlink(path).catch(() => undefined);
    held.delete(this.claim.token);
    await removeEmpty(this.folder, this.made);
  }
}

function inUse(folder: string, rival: Holder): string {
  const since = rival.since.slice(0, 19).replace('T', ' ');
  const life = lifeOf(rival);
  const who = `\`${rival.command}\` (process ${rival.pid} on ${rival.host}, since ${since} UTC)`;
  return life === 'running'
    ? `${folder} is in use by ${who}; wait until that has ended, or give another folder`
    : `${folder} is in use by ${who}, which this machine cannot look at; wait until that has ended, or, where you know that it has, ` +
        `remove ${join(folder, LOCK)}`;
}

/** Removes `folder` and its parents up to `made`, as far as they are empty. */
async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  try {
    for (let path = folder; path.length >= made.length; path = dirname(path)) await rmdir(path);
  } catch {
    // something lies in it
  }
}

/**
 * Puts `own` at `path`, or returns whose claim lies there. Of any number of processes at most one has its claim there, on a
 * network file system too: a claim gets its name whole and only where the name is free (link), and who is dead is replaced by
 * whoever has a claim on replacing that one.
 */
async function claimPath(path: string, own: Holder): Promise<Holder | undefined> {
  let seen: Holder | undefined;
  for (let pauses = 0; pauses < PAUSES; pauses++) {
    if (await create(path, own)) return undefined;
    const there = await readHolder(path);
    if (there === undefined) continue;
    // over a network the answer to a link may get lost
    if (there.token === own.token) return undefined;
    seen = there;
    if (there.broken ? pauses < PAUSES / 2 : isHeld(there)) {
      // a claim may be half written where there are no links; it is whole within milliseconds, or its writer is dead
      if (!there.broken) return there;
    } else {
      const right = `${path}.${there.token.slice(0, 16)}`;
      if ((await claimPath(right, own)) === undefined) {
        try {
          // whoever replaced it before has given back the right to do so
          if ((await readHolder(path))?.token === there.token) {
            await replace(path, own);
            return undefined;
          }
        } finally {
          await unlink(right).catch(() => undefined);
        }
      }
    }
    await wait(PAUSE_MS);
  }
  return seen ?? own;
}

function isHeld(holder: Holder): boolean {
  const life = lifeOf(holder);
  return life === 'running' && holder.pid === process.pid ? held.has(holder.token) : life !== 'gone';
}

/** Makes `path` with a claim in it; false where it is there already. */
async function create(path: string, own: Holder): Promise<boolean> {
  const temporary = await written(path, own);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.includes(code ?? '')) throw error;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(JSON.stringify(own));
    await handle.close();
    return true;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

async function replace(path: string, own: Holder): Promise<void> {
  const temporary = await written(path, own);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function written(path: string, own: Holder): Promise<string> {
  const temporary = temporaryPath(path);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(JSON.stringify(own));
    } finally {
      await handle.close();
    }
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The claim at `path`; undefined where there is none. What is no claim is `broken`, and named by its bytes. */
async function readHolder(path: string): Promise<(Holder & { broken?: true }) | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const token = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return parseHolder(text) ?? { ...claimOf('an unknown command'), token, broken: true };
}
