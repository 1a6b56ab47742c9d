import {
  batchTensors,
  encodeHalves,
  featureShapes,
  imageTensor,
  type Encoder,
  type Features,
  type FeatureShapes,
  type Size,
} from '@pyramid-mamba/model';
import { ahead, normalizedPicture, type ModelInput, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { inOrder } from '@pyramid-mamba/inspect';
import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors.js';
import type { FeatureCache } from './featureCache.js';

/** Pictures prefetched while the encoder works on others. */
const DECODED_AHEAD = 4;

/** The features of a data set's pictures by index, read from the cache batch by batch: memory does not grow with their number. */
export interface FeatureStore {
  readonly count: number;
  readonly shapes: FeatureShapes;
  /** Their cache, by the pictures' hashes. */
  readonly cache: FeatureCache;
  readonly hashes: readonly string[];
  /** The features of the pictures `indices`, in that order: three (b, h, w, c) tensors, the caller's to dispose. */
  batch(indices: readonly number[]): Promise<Features>;
  /** The pictures `indices` themselves, preprocessed, decoded for each call; the caller's to dispose. */
  pictures(indices: readonly number[]): Promise<tf.Tensor4D>;
  /** The features as fp16 values, one array per picture. */
  halves(indices: readonly number[]): Promise<Uint16Array[]>;
  /** The size of each picture within the input; one whose features were cached is decoded for it, once. */
  sizes(indices: readonly number[]): Promise<readonly Size[]>;
}

export interface FeatureStoreOptions {
  encoder: Encoder;
  samples: readonly Sample[];
  /** SHA-256 of each picture, in the order of `samples`. */
  hashes: readonly string[];
  input: ModelInput;
  cache: FeatureCache;
  /** Encodes a picture elsewhere, as `encodeHalves`; by default here. */
  encode?: (picture: RgbImage, where: string) => Promise<Uint16Array>;
  /** Pictures that `encode` takes at the same time. */
  width?: number;
  /** Called after each picture; `computed` counts the cache misses. */
  onPicture?: (done: number, computed: number) => void;
}

/**
 * Fills the cache with the features of all pictures, each computed once, and opens them for reading.
 * Training always uses the fp16 values, so a warm and a cold cache give the same results.
 */
export async function openFeatures(options: FeatureStoreOptions): Promise<FeatureStore> {
  const { encoder, samples, hashes, input, cache, onPicture, width = 1 } = options;
  const shapes = featureShapes(encoder, input);

  const known = new Map<number, Size>();
  const decode = async (index: number) => {
    const sample = samples[index]!;
    const { image, hash } = await sample.load(input);
    // features stored under the hash of other bytes would be taken for this picture's by every later training
    if (hash !== undefined && hash !== hashes[index]) {
      throw new UserError(`${sample.id} was changed while the training was prepared; run the command again`);
    }
    known.set(index, { height: image.height, width: image.width });
    return image;
  };
  const encodeHere = (picture: RgbImage, where: string) =>
    encodeHalves(encoder, normalizedPicture(picture), input, where);
  const compute = async (index: number, picture: RgbImage, encode = encodeHere): Promise<Uint16Array> => {
    const halves = await encode(picture, samples[index]!.id);
    await cache.write(hashes[index]!, halves);
    return halves;
  };

  const missing = ahead(samples.keys(), DECODED_AHEAD, async (index) => ({
    index,
    picture: (await cache.read(hashes[index]!)) ? undefined : await decode(index),
  }));
  const made = new Set<string>();
  let done = 0;
  const filled = inOrder(missing, width, async ({ index, picture }) => {
    const hash = hashes[index]!;
    // the same picture may occur twice, and be decoded before the first is stored
    if (!picture || made.has(hash)) return;
    made.add(hash);
    await compute(index, picture, options.encode);
  });
  for await (const _ of filled) onPicture?.(++done, made.size);

  const halves = (indices: readonly number[]): Promise<Uint16Array[]> =>
    Promise.all(
      indices.map(async (index) => (await cache.read(hashes[index]!)) ?? compute(index, await decode(index))),
    );

  return {
    count: samples.length,
    shapes,
    cache,
    hashes,
    halves,
    batch: async (indices) => batchTensors(await halves(indices), shapes),
    async pictures(indices) {
      const decoded = await Promise.all(indices.map(decode));
      return imageTensor(decoded.map(normalizedPicture), input);
    },
    async sizes(indices) {
      for (const index of indices) if (!known.has(index)) await decode(index);
      return indices.map((index) => known.get(index)!);
    },
  };
}
