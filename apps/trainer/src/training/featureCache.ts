import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelInput, RESIZE_VERSION, type ModelInput } from '@pyramid-mamba/data';
import { temporaryOwner, writeFileAtomic } from '@pyramid-mamba/data/node';
import { RANDOM_VERSION, readFeatureFile, writeFeatureFile } from '@pyramid-mamba/model';
import { KERNELS_VERSION } from '@pyramid-mamba/ssm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { cacheRoot, makePrivateFolder, openToAll } from '@pyramid-mamba/ssm-kernels/system';
import type { ChosenBackend } from '../backend.js';
import { UserError } from '../errors.js';

/** `$XDG_CACHE_HOME/pyramid-mamba`, or `~/.cache/pyramid-mamba`. An empty or relative XDG_CACHE_HOME is ignored. */
export const defaultCacheFolder = cacheRoot;

/**
 * Creates a private folder in the default cache; does nothing for a folder given by the user. Throws a
 * UserError if other users of the machine could have written to it.
 */
export function requireOwnCache(folder: string): void {
  const root = defaultCacheFolder();
  if (folder !== root && !folder.startsWith(join(root, '/'))) return;
  try {
    makePrivateFolder(folder);
  } catch {
    // a read-only home: the next write reports it
    return;
  }
  const reason = openToAll(folder);
  if (reason !== undefined) {
    throw new UserError(
      `the cache ${root} is not safe to read: ${reason}, or set another one with --cache or XDG_CACHE_HOME`,
    );
  }
}

/** Of all code between a picture's bytes and its features: decoder, resize, kernels, and the numbers of the seeded encoder. */
export const FEATURE_VERSIONS: Readonly<Record<string, unknown>> = {
  decoder: sharp.versions,
  resize: RESIZE_VERSION,
  tfjs: tf.version_core,
  kernels: KERNELS_VERSION,
  random: RANDOM_VERSION,
};

/** Name of the cache's folder for the features that an encoder gives of pictures in one input, with one backend and these versions. */
export function featureKey(
  encoderFingerprint: string,
  input: number | ModelInput,
  backend: string,
  versions = FEATURE_VERSIONS,
): string {
  const digest = createHash('sha256').update(JSON.stringify(versions)).digest('hex');
  return `${encoderFingerprint}-${inputKey(modelInput(input))}-${backend}-${digest.slice(0, 12)}`;
}

/** The same for a backend as it was chosen: an encoder in another engine has other last digits. */
export const featureKeyOf = (
  encoderFingerprint: string,
  input: ModelInput,
  { name, encoder }: Pick<ChosenBackend, 'name' | 'encoder'>,
): string =>
  encoder === undefined
    ? featureKey(encoderFingerprint, input, name)
    : featureKey(encoderFingerprint, input, `${name}+onnx`, { ...FEATURE_VERSIONS, encoder });

/** A square input that pictures are stretched to has its side alone, as in caches of earlier versions. */
function inputKey({ height, width, fit }: ModelInput): string {
  const sides = height === width ? String(height) : `${height}x${width}`;
  return fit === 'pad' ? `${sides}pad` : sides;
}

/** Milliseconds after which a temporary file is nobody's: writing one takes a moment. */
const ABANDONED_AFTER = 3_600_000;

/**
 * Removes the temporary files that killed processes left in the folders of a feature cache. Their age decides, not whether their process
 * runs: a cache may be shared by containers and machines, whose processes are not seen here.
 *
 * @param root the folder that holds those of `featureKey`
 */
export async function sweepFeatures(root: string): Promise<void> {
  const oldest = Date.now() - ABANDONED_AFTER;
  for (const key of await readdir(root).catch(() => []))
    for (const name of await readdir(join(root, key)).catch(() => [])) {
      if (temporaryOwner(name) === undefined) continue;
      const path = join(root, key, name);
      const found = await stat(path).catch(() => undefined);
      if (found && found.mtimeMs < oldest) await rm(path, { force: true }).catch(() => undefined);
    }
}

/** Encoder features of pictures as fp16, in files named by the picture's SHA-256. */
export class FeatureCache {
  /** @param length half floats per picture */
  constructor(
    readonly folder: string,
    readonly length: number,
  ) {}

  path(hash: string): string {
    return join(this.folder, `${hash}.f16`);
  }

  /** The stored half floats, or undefined if missing, incomplete or damaged. */
  async read(hash: string): Promise<Uint16Array | undefined> {
    const file = await readFile(this.path(hash)).catch(() => undefined);
    return file && readFeatureFile(file, this.length);
  }

  /** Stores the half floats of one picture atomically. Rejects with a FileError. */
  async write(hash: string, halves: Uint16Array): Promise<void> {
    if (halves.length !== this.length) {
      throw new RangeError(`FeatureCache: expected ${this.length} half floats, got ${halves.length}`);
    }
    await writeFileAtomic(this.path(hash), await writeFeatureFile(halves));
  }
}
