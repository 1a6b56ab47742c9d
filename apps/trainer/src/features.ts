import {
  batchTensors,
  encodeHalves,
  featureShapes,
  type Encoder,
  type Features,
  type FeatureShapes,
} from '@pyramid-mamba/model';
import { normalizeImageNet, type Sample } from '@pyramid-mamba/data';
import type { FeatureCache } from './featureCache.js';

/** Below this many bytes the features of a whole data set are kept in memory, above it read from disk batch by batch. */
const IN_MEMORY_BYTES = 2 ** 30;

/** The features of a data set's pictures by index, from memory or from the cache's files. */
export interface FeatureStore {
  readonly count: number;
  readonly shapes: FeatureShapes;
  /** Where all of them lie, under the pictures' hashes. */
  readonly cache: FeatureCache;
  readonly hashes: readonly string[];
  /** The features of the pictures `indices`, in that order: three (b, h, w, c) tensors, the caller's to dispose. */
  batch(indices: readonly number[]): Promise<Features>;
}

export interface FeatureStoreOptions {
  encoder: Encoder;
  samples: readonly Sample[];
  /** SHA-256 of each picture, in the order of `samples`. */
  hashes: readonly string[];
  inputSize: number;
  cache: FeatureCache;
  /** Called after each picture; `computed` counts those the cache did not have. */
  onPicture?: (done: number, computed: number) => void;
  /** Largest data set, in bytes of features, kept in memory. */
  memoryLimit?: number;
}

/**
 * Makes sure that the features of all pictures are in the cache, each computed once, and opens them for reading. What
 * training sees has always been through fp16, so a warm cache and a cold one give the same numbers.
 */
export async function openFeatures(options: FeatureStoreOptions): Promise<FeatureStore> {
  const { encoder, samples, hashes, inputSize, cache, onPicture } = options;
  const shapes = featureShapes(encoder, inputSize);
  const keep = samples.length * cache.length * 2 < (options.memoryLimit ?? IN_MEMORY_BYTES);
  const kept: Uint16Array[] = [];
  let computed = 0;

  const obtain = async (index: number): Promise<Uint16Array> => {
    const hash = hashes[index]!;
    const stored = await cache.read(hash);
    if (stored) return stored;
    const sample = samples[index]!;
    const picture = normalizeImageNet((await sample.load(inputSize)).image);
    const halves = await encodeHalves(encoder, picture, inputSize, sample.id);
    await cache.write(hash, halves);
    computed++;
    return halves;
  };

  for (let i = 0; i < samples.length; i++) {
    const halves = await obtain(i);
    if (keep) kept.push(halves);
    onPicture?.(i + 1, computed);
  }

  return {
    count: samples.length,
    shapes,
    cache,
    hashes,
    async batch(indices) {
      return batchTensors(await Promise.all(indices.map((index) => kept[index] ?? obtain(index))), shapes);
    },
  };
}
