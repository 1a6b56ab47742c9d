import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { readFeatureFile, writeFeatureFile } from '@pyramid-mamba/model';

/** `$XDG_CACHE_HOME/pyramid-mamba`, or `~/.cache/pyramid-mamba`. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'pyramid-mamba');
}

/** Encoder features of pictures as fp16, in files under the picture's own SHA-256. */
export class FeatureCache {
  /** @param length halves a picture has */
  constructor(
    readonly folder: string,
    readonly length: number,
  ) {}

  path(hash: string): string {
    return join(this.folder, `${hash}.f16`);
  }

  /** The stored halves, or undefined where there are none, too few, too many, or damaged ones. */
  async read(hash: string): Promise<Uint16Array | undefined> {
    const file = await readFile(this.path(hash)).catch(() => undefined);
    return file && readFeatureFile(file, this.length);
  }

  /** Stores the halves of one picture, whole or not at all. Rejects with a FileError. */
  async write(hash: string, halves: Uint16Array): Promise<void> {
    if (halves.length !== this.length) {
      throw new RangeError(`FeatureCache: wanted ${this.length} halves, got ${halves.length}`);
    }
    await writeFileAtomic(this.path(hash), await writeFeatureFile(halves));
  }
}
