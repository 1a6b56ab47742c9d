import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason } from '@pyramid-mamba/data/node';
import { UserError } from '../errors.js';

export interface DownloadRequest {
  url: string;
  /** The file to make. */
  path: string;
  /** SHA-256 in hex, or its beginning. */
  sha256: string;
  /** Bytes that are there, and in all where the server says so. */
  onProgress: (done: number, total: number | undefined) => void;
}

/** Which file a server had when a part of it was stored. */
interface PartState {
  url: string;
  /** ETag or Last-Modified. */
  validator: string | null;
}

/**
 * Downloads a file, whole or not at all. What has come is kept beside it (`.part`) when the connection breaks, and the next call
 * asks for the rest, if the server still has the same file; else it begins anew. The file gets its name only when its SHA-256 is
 * right. Two processes do not disturb each other: each writes a part of its own, and takes over one that nobody writes to.
 *
 * @throws UserError for an unreachable server, an answer that is no file, a wrong hash; FileError where it cannot be written
 */
export async function download({ url, path, sha256, onProgress }: DownloadRequest): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => fileFault(path, error));
  const part = `${path}.part`;
  const own = `${path}.${process.pid}.part`;
  // renaming is how one of two processes takes an older part over
  for (const left of [part, ...(await partsOfTheDead(path))]) {
    if (!existsSync(own)) await rename(left, own).catch(() => undefined);
    else await rm(left, { force: true });
  }
  const state = existsSync(own) ? await readState(path) : undefined;
  if (state?.url !== url || state.validator === null) await rm(own, { force: true });
  const fetched = (validator: string | null) =>
    fetchInto(url, own, path, validator, onProgress).catch(async (error: unknown) => {
      // what came stays for the next try
      await rename(own, part).catch(() => undefined);
      throw error;
    });
  const continued = await fetched(state?.validator ?? null);
  let found = await sha256Of(own);
  if (!found.startsWith(sha256) && continued) {
    // the older part may be what is wrong, or the server joined the halves of two files
    await rm(own, { force: true });
    await fetched(null);
    found = await sha256Of(own);
  }
  if (!found.startsWith(sha256)) {
    await rm(own, { force: true });
    throw new UserError(
      `${url}: wanted a file with the SHA-256 ${sha256}${sha256.length < 64 ? '…' : ''}, but what came has ${found}; ` +
        'it was removed: try again, or get the file elsewhere and convert it with `weights convert FILE`',
    );
  }
  await rename(own, path).catch((error: unknown) => fileFault(path, error));
  await rm(stateFile(path), { force: true });
}

/** Parts of processes that were killed: they had no time to give theirs back. */
async function partsOfTheDead(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  return names.flatMap((name) => {
    const pid = name.startsWith(`${basename(path)}.`) ? /\.(\d+)\.part$/.exec(name)?.[1] : undefined;
    return pid === undefined || isRunning(Number(pid)) ? [] : [join(dirname(path), name)];
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it is there, but another user's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const stateFile = (path: string) => `${path}.part.json`;

async function readState(path: string): Promise<PartState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(path), 'utf8')) as PartState;
  } catch {
    return undefined;
  }
}

function fileFault(path: string, error: unknown): never {
  throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
}

/** Resolves to whether the part that was there is now a part of the file. */
async function fetchInto(
  url: string,
  own: string,
  path: string,
  validator: string | null,
  onProgress: DownloadRequest['onProgress'],
): Promise<boolean> {
  const have = existsSync(own) ? statSync(own).size : 0;
  const resumes = have > 0 && validator !== null;
  const response = await fetch(url, {
    // ranges and lengths count the bytes on the way: of a compressed answer they would be other bytes
    headers: {
      'Accept-Encoding': 'identity',
      ...(resumes ? { Range: `bytes=${have}-`, 'If-Range': validator } : {}),
    },
  }).catch((error: unknown) => unreachable(url, path, error));
  // 416: the part is the whole file already; whether it is the right one the hash will tell
  if (resumes && response.status === 416) return true;
  if (!response.ok || !response.body) {
    throw new UserError(
      `${url}: the server answered ${response.status} ${response.statusText}; ${byHand(url, path)}`,
    );
  }
  const resumed = resumes && response.status === 206;
  if (resumed && !startsAt(response.headers.get('content-range'), have)) {
    await response.body.cancel();
    return fetchInto(url, own, path, null, onProgress);
  }
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isFinite(length) ? length + (resumed ? have : 0) : undefined;
  const next = response.headers.get('etag') ?? response.headers.get('last-modified');
  // a weak ETag may not be used for ranges (RFC 9110, 13.1.5)
  const state: PartState = { url, validator: next?.startsWith('W/') ? null : next };
  await writeFile(stateFile(path), JSON.stringify(state)).catch((error: unknown) => fileFault(path, error));
  const file = await open(own, resumed ? 'a' : 'w').catch((error: unknown) => fileFault(path, error));
  let done = resumed ? have : 0;
  try {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { value, done: ended } = await reader
        .read()
        .catch((error: unknown) => unreachable(url, path, error));
      if (ended) break;
      await file.writeFile(value).catch((error: unknown) => fileFault(path, error));
      done += value.length;
      onProgress(done, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (total !== undefined && done < total)
    unreachable(url, path, new Error(`the connection broke after ${done} of ${total} bytes`));
  return resumed;
}

/** Whether a partial answer begins at that byte, as it was asked to (RFC 9110, 14.4). */
function startsAt(contentRange: string | null, byte: number): boolean {
  return new RegExp(`^bytes ${byte}-`, 'i').test(contentRange ?? '');
}

function unreachable(url: string, path: string, error: unknown): never {
  const { message, cause } = error as Error & { cause?: Error };
  throw new UserError(
    `${url} cannot be downloaded (${cause?.message ?? message}); run the command again to go on, or ${byHand(url, path)}`,
    {
      cause: error,
    },
  );
}

const byHand = (url: string, path: string) =>
  `get the file on a machine with a connection: put what ${url} gives at ${path} and run the command again`;

/** SHA-256 of a file in hex, without holding it in memory. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
