// One file a picture: 8 bytes of magic, the SHA-256 of the rest, then the halves of f0, f1 and f2 one after the other, NHWC,
// little-endian. The checksum lets a file that was cut or damaged be told from a good one, and be computed anew.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';

const MAGIC = Buffer.from('PMFEAT1\n');
const HEADER = MAGIC.length + 32;

/** `$XDG_CACHE_HOME/pyramid-mamba`, or `~/.cache/pyramid-mamba`. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'pyramid-mamba');
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

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
    if (!file || file.length !== HEADER + this.length * 2) return undefined;
    if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const payload = file.subarray(HEADER);
    if (!sha256(payload).equals(file.subarray(MAGIC.length, HEADER))) return undefined;
    // copied: the payload need not start at an even address
    return new Uint16Array(Uint8Array.from(payload).buffer);
  }

  /** Stores the halves of one picture, whole or not at all. Rejects with a FileError. */
  async write(hash: string, halves: Uint16Array): Promise<void> {
    if (halves.length !== this.length) {
      throw new RangeError(`FeatureCache: wanted ${this.length} halves, got ${halves.length}`);
    }
    const payload = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
    await writeFileAtomic(this.path(hash), Buffer.concat([MAGIC, sha256(payload), payload]));
  }
}
