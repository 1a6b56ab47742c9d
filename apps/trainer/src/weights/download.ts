import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason } from '@pyramid-mamba/data/node';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { RunError } from '@pyramid-mamba/runs';
import { isRunning } from '@pyramid-mamba/runs/node';
import { fetchChecked } from './fetchChecked.js';

export interface DownloadRequest {
  url: string;
  /** The target file. */
  path: string;
  /** SHA-256 in hex, or its prefix. */
  sha256: string;
  /** Most bytes that are taken. Default 1 GB. */
  most?: number;
  /** Origins that the server may redirect to besides its own, e.g. of a mirror's store. Default none. */
  trusted?: readonly string[];
  /** Bytes that are there, and in all where the server says so. */
  onProgress: (done: number, total: number | undefined) => void;
}

/** Which file a server had when a part of it was stored; `validator` is its ETag or Last-Modified. */
const partSchema = z.object({ url: z.string(), validator: z.string().nullable() });
type PartState = z.infer<typeof partSchema>;

/**
 * Downloads a file atomically. If the connection breaks, the received part is kept beside it (`.part`), and the next call
 * requests the rest if the server still has the same file; else it starts again. The file gets its name only if its SHA-256
 * matches. Two processes do not interfere: each writes its own part, and takes over an abandoned one.
 *
 * @throws UserError for an unreachable server, an error response, a wrong hash; FileError if it cannot be written
 */
export async function download({
  url,
  path,
  sha256,
  most = 1e9,
  trusted = [],
  onProgress,
}: DownloadRequest): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => fileFault(path, error));
  const part = `${path}.part`;
  const own = `${path}.${process.pid}.part`;
  // one of two processes takes over an older part by renaming it
  for (const left of [part, ...(await partsOfTheDead(path))]) {
    if (!existsSync(own)) await rename(left, own).catch(() => undefined);
    else await rm(left, { force: true });
  }
  const state = existsSync(own) ? await readState(path) : undefined;
  if (state?.url !== url || state.validator === null) await rm(own, { force: true });
  const fetched = (validator: string | null) =>
    fetchInto(url, own, path, validator, { most, trusted, onProgress }).catch(async (error: unknown) => {
      // keep the received part for the next attempt
      await rename(own, part).catch(() => undefined);
      throw error;
    });
  const continued = await fetched(state?.validator ?? null);
  let found = await sha256Of(own);
  if (!found.startsWith(sha256) && continued) {
    // the older part may be wrong, or the server sent parts of two files
    await rm(own, { force: true });
    await fetched(null);
    found = await sha256Of(own);
  }
  if (!found.startsWith(sha256)) {
    await rm(own, { force: true });
    throw new UserError(
      `${url}: expected a file with the SHA-256 ${sha256}${sha256.length < 64 ? '…' : ''}, but the download has ${found}; ` +
        'it was removed: try again, or download the file elsewhere and convert it with `weights convert FILE`',
    );
  }
  await rename(own, path).catch((error: unknown) => fileFault(path, error));
  await rm(stateFile(path), { force: true });
}

/** Parts of killed processes, which could not release them. */
async function partsOfTheDead(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  return names.flatMap((name) => {
    const pid = name.startsWith(`${basename(path)}.`) ? /\.(\d+)\.part$/.exec(name)?.[1] : undefined;
    return pid === undefined || isRunning(Number(pid)) ? [] : [join(dirname(path), name)];
  });
}

const stateFile = (path: string) => `${path}.part.json`;

async function readState(path: string): Promise<PartState | undefined> {
  try {
    return partSchema.safeParse(JSON.parse(await readFile(stateFile(path), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function fileFault(path: string, error: unknown): never {
  throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
}

/** Resolves to whether the existing part was used. */
async function fetchInto(
  url: string,
  own: string,
  path: string,
  validator: string | null,
  limits: Pick<Required<DownloadRequest>, 'most' | 'trusted' | 'onProgress'>,
): Promise<boolean> {
  const { most, trusted, onProgress } = limits;
  const have = existsSync(own) ? statSync(own).size : 0;
  const resumes = have > 0 && validator !== null;
  // ranges and lengths count the bytes on the way: of a compressed answer they would be other bytes
  const headers = {
    'Accept-Encoding': 'identity',
    ...(resumes ? { Range: `bytes=${have}-`, 'If-Range': validator } : {}),
  };
  const response = await fetchChecked(url, { headers }, trusted).catch((error: unknown) => {
    if (error instanceof RunError) throw error;
    return unreachable(url, path, error);
  });
  // 416: the part is the whole file already; whether it is the right one the hash will tell
  if (resumes && response.status === 416) return true;
  if (!response.ok || !response.body) {
    throw new UserError(
      `${url}: the server responded with ${response.status} ${response.statusText}; ${byHand(url, path)}`,
    );
  }
  const resumed = resumes && response.status === 206;
  if (resumed && !startsAt(response.headers.get('content-range'), have)) {
    await response.body.cancel();
    return fetchInto(url, own, path, null, limits);
  }
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isFinite(length) ? length + (resumed ? have : 0) : undefined;
  if (total !== undefined && total > most) {
    await response.body.cancel();
    tooLarge(url, most);
  }
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
      if (done + value.length > most) {
        await reader.cancel();
        await file.truncate(0);
        tooLarge(url, most);
      }
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

/** Whether a partial response starts at the requested byte (RFC 9110, 14.4). */
function startsAt(contentRange: string | null, byte: number): boolean {
  return new RegExp(`^bytes ${byte}-`, 'i').test(contentRange ?? '');
}

function tooLarge(url: string, most: number): never {
  throw new UserError(
    `${url}: wanted a file of at most ${(most / 1e6).toFixed(0)} MB, but the server sends more; give the right file with --url`,
  );
}

function unreachable(url: string, path: string, error: unknown): never {
  const { message, cause } = error as Error & { cause?: Error };
  throw new UserError(
    `${url} cannot be downloaded (${cause?.message ?? message}); run the command again to continue, or ${byHand(url, path)}`,
    {
      cause: error,
    },
  );
}

const byHand = (url: string, path: string) =>
  `download ${url} on a machine with a connection, save it as ${path} and run the command again`;

/** SHA-256 of a file in hex, without holding it in memory. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
