// One writer per folder. A lock is the file `.lock` with the claim of a process in it. Existing libraries detect a dead holder
// by a time stamp that a live one must renew; training blocks its thread for longer than any such interval, and laptops
// sleep. Here a holder counts as dead only if that is certain.
import { createHash } from 'node:crypto';
import { link, open, readFile, realpath, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder, temporaryPath } from '@pyramid-mamba/data/node';
import { RunError } from '../storage/port.js';
import { claimOf, lifeOf, parseHolder, type Holder } from './holder.js';

/** File name of the lock in the folder it protects. */
export const LOCK = '.lock';

/** Tokens of the locks that this process holds, without those it could not remove from a failed disk. */
const held = new Set<string>();

/** While another process takes or releases the lock: delay between attempts, and their number. */
const PAUSE_MS = 20;
const PAUSES = 100;

/** How often a claim begins again whose folder or temporary file vanished. */
const LOST = 10;

/** Error codes of file systems without hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'UNKNOWN'];

/**
 * Runs `work` while no other process writes to `folders`. Missing folders are created, and removed afterwards if they are
 * empty. `command` describes this process to others.
 *
 * @throws RunError if another process holds one of the folders; FileError if one cannot be written to
 */
export async function withLock<T>(
  folders: readonly string[],
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  const locks: FolderLock[] = [];
  try {
    // the same order everywhere, so that one of two processes gets all locks
    for (const folder of [...new Set(folders)].sort()) {
      if (!(await isAmong(locks, folder))) locks.push(await FolderLock.take(folder, command));
    }
    return await work();
  } finally {
    for (const lock of locks.reverse()) await lock.release();
  }
}

/** Whether two paths resolve to the same folder. */
async function isAmong(locks: readonly FolderLock[], folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => undefined);
  return real !== undefined && locks.some((lock) => lock.real === real);
}

/** A lock on a folder, held until it is released or the process ends. */
export class FolderLock {
  private constructor(
    readonly folder: string,
    readonly real: string,
    private readonly claim: Holder,
    /** The outermost folder created for the lock. */
    private readonly made: string | undefined,
  ) {}

  /** Throws like `withLock`. */
  static async take(folder: string, command: string): Promise<FolderLock> {
    const claim = claimOf(command);
    held.add(claim.token);
    const makes: Makes = {};
    let rival: Holder | undefined;
    try {
      rival = await claimIn(folder, claim, makes);
    } catch (error) {
      held.delete(claim.token);
      await removeEmpty(folder, makes.made);
      throw new FileError(`${folder} cannot be written: ${fileReason(error)}`, { cause: error });
    }
    if (rival) {
      held.delete(claim.token);
      throw new RunError(inUse(folder, rival));
    }
    return new FolderLock(folder, await realpath(folder), claim, makes.made);
  }

  async release(): Promise<void> {
    const path = join(this.folder, LOCK);
    // a folder that is no longer writable keeps a stale lock, which blocks nobody
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
    ? `${folder} is in use by ${who}; wait until it has finished, or pass another folder`
    : `${folder} is in use by ${who}, which this machine cannot check; wait until it has finished, or, if you know that it has, ` +
        `remove ${join(folder, LOCK)}`;
}

/** Removes `folder` and its parents up to `made`, as far as they are empty. */
async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  try {
    for (let path = folder; path.length >= made.length; path = dirname(path)) await rmdir(path);
  } catch {
    // not empty
  }
}

/** The outermost folder that was made, if any. */
interface Makes {
  made?: string;
}

/**
 * `claimPath` in a folder that is made if it is missing. Between two steps of it the holder may remove the folder, which it made and
 * leaves empty, or the claim's temporary name, which a holder that cannot see this process takes for a dead one's: then it begins again.
 */
async function claimIn(folder: string, own: Holder, makes: Makes): Promise<Holder | undefined> {
  for (let left = LOST; ; left--) {
    try {
      const made = await makeFolder(folder);
      // of two folders the one with the shorter path contains the other
      if (made !== undefined && made.length < (makes.made?.length ?? Infinity)) makes.made = made;
      return await claimPath(join(folder, LOCK), own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || left === 0) throw error;
    }
  }
}

/**
 * Puts `own` at `path`, or returns the claim that is there. At most one process has its claim there, also on a network file
 * system: a link gives a complete claim its name only if the name is free, and a dead holder is replaced only by the process
 * that holds the claim to replace it.
 */
async function claimPath(path: string, own: Holder): Promise<Holder | undefined> {
  let seen: Holder | undefined;
  for (let pauses = 0; pauses < PAUSES; pauses++) {
    if (await create(path, own)) return undefined;
    const there = await readHolder(path);
    if (there === undefined) continue;
    // over a network the reply to a link may be lost
    if (there.token === own.token) return undefined;
    seen = there;
    if (there.broken ? pauses < PAUSES / 2 : isHeld(there)) {
      // without links a claim may be half written; it is complete within milliseconds, or its writer is dead
      if (!there.broken) return there;
    } else {
      const right = `${path}.${there.token.slice(0, 16)}`;
      if ((await claimPath(right, own)) === undefined) {
        try {
          // the process that replaced it before has released that claim
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

/** Creates `path` with a claim in it; false if it exists already. */
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

/** The claim at `path`; undefined if there is none. Any other content is `broken`, identified by its bytes. */
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
