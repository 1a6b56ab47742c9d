// Compiled kernels, kept on disk between processes.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Sources } from './nvrtc.js';

const MAGIC = 'pyramid-mamba cuda image ';
const HEADER = MAGIC.length + 64 + 1;

/** $XDG_CACHE_HOME/pyramid-mamba/cuda, or the same under ~/.cache. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pyramid-mamba', 'cuda');
}

/** Names a compiled image by all that it depends on: the source that is compiled, all that it may include, target and options. */
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

/** The image of that name; undefined when there is none, or it is damaged. */
export function readImage(folder: string, name: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const file = readFileSync(join(folder, name));
    const image = new Uint8Array(file.subarray(HEADER));
    return file.subarray(0, HEADER).toString('latin1') === headerOf(image) ? image : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an image. Where that fails (a full disk, a read-only home) it is compiled again next time. */
export function writeImage(folder: string, name: string, image: Uint8Array): void {
  const temporary = join(folder, `.${name}.${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, Buffer.concat([Buffer.from(headerOf(image), 'latin1'), image]));
    renameSync(temporary, join(folder, name));
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // the folder is none
    }
  }
}

function headerOf(image: Uint8Array): string {
  return `${MAGIC}${createHash('sha256').update(image).digest('hex')}\n`;
}
