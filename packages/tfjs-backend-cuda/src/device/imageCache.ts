// Compiled kernels, kept on disk between processes.
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot, distrust, makePrivateFolder, type Environment } from '../system/index.js';
import type { Sources } from '../driver/nvrtc.js';

const MAGIC = 'pyramid-mamba cuda image ';
/** Names from imageName, and temporary ones. */
const IMAGE = /^\.?\w+-(sm|compute)_\d+-[0-9a-f]{24}/;
const HEADER = MAGIC.length + 64 + 1;

/** The cache of compiled kernels: `cuda` in the user's cache folder, see cacheRoot. */
export function cacheFolder(env: Environment = process.env): string {
  return join(cacheRoot(env), 'cuda');
}

/** Names a compiled image by everything it depends on: the compiled source, all possible includes, target and options. */
export function imageName(
  source: string,
  sources: Sources,
  target: string,
  options: readonly string[],
): string {
  const all = [source, Object.entries(sources).sort(), target, options];
  const hash = createHash('sha256').update(JSON.stringify(all));
  return `${source.replace(/\.cu$/, '')}-${target}-${hash.digest('hex').slice(0, 24)}`;
}

/** The image of that name; undefined if it is missing, damaged, or writable by another user. */
export function readImage(folder: string, name: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const path = join(folder, name);
    if (distrust(path) !== undefined) return undefined;
    const file = readFileSync(path);
    const image = new Uint8Array(file.subarray(HEADER));
    return file.subarray(0, HEADER).toString('latin1') === headerOf(image) ? image : undefined;
  } catch {
    return undefined;
  }
}

/** Stores an image in a folder that no other user can change. If that fails (a full disk, a read-only home), it is compiled again next time. */
export function writeImage(folder: string, name: string, image: Uint8Array): void {
  const temporary = join(folder, `.${name}.${randomUUID()}`);
  try {
    makePrivateFolder(folder);
    if (folder === cacheFolder()) closeOwn(folder);
    if (distrust(folder) !== undefined) return;
    writeFileSync(temporary, Buffer.concat([Buffer.from(headerOf(image), 'latin1'), image]), {
      flag: 'wx',
      mode: 0o600,
    });
    renameSync(temporary, join(folder, name));
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // not a folder
    }
  }
}

/** Takes a cache folder of ours from other users, and with it the images that they could have put there. */
function closeOwn(folder: string): void {
  if (distrust(folder) === undefined) return;
  for (const place of [dirname(folder), folder]) chmodSync(place, 0o700);
  for (const name of readdirSync(folder)) if (IMAGE.test(name)) rmSync(join(folder, name), { force: true });
}

function headerOf(image: Uint8Array): string {
  return `${MAGIC}${createHash('sha256').update(image).digest('hex')}\n`;
}
