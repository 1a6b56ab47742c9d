import * as tf from '@tensorflow/tfjs-core';
import type { Encoder, Features } from '@pyramid-mamba/model';
import { normalizeImageNet, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { UserError } from './errors.js';
import { FeatureCache } from './featureCache.js';
import { fromHalf, toHalf } from './half.js';

/** Below this many bytes the features of a whole data set are kept in memory, above it read from disk batch by batch. */
const IN_MEMORY_BYTES = 2 ** 30;

/** (height, width, channels) of each of the three feature maps of one picture. */
export type FeatureShapes = [[number, number, number], [number, number, number], [number, number, number]];

export function featureShapes(encoder: Encoder, inputSize: number): FeatureShapes {
  const shape = (level: 0 | 1 | 2): [number, number, number] => {
    const side = inputSize / encoder.strides[level];
    return [side, side, encoder.channels[level]];
  };
  return [shape(0), shape(1), shape(2)];
}

export function featureLength(shapes: FeatureShapes): number {
  return shapes.reduce((sum, [h, w, c]) => sum + h * w * c, 0);
}

/** The pictures as the encoder takes them: (b, size, size, 3) float32, ImageNet-normalised. */
export function imageTensor(images: readonly RgbImage[], size: number): tf.Tensor4D {
  const length = size * size * 3;
  const data = new Float32Array(images.length * length);
  for (const [i, image] of images.entries()) data.set(normalizeImageNet(image), i * length);
  return tf.tensor4d(data, [images.length, size, size, 3]);
}

async function encodeSample(encoder: Encoder, sample: Sample, size: number): Promise<Uint16Array> {
  const images = imageTensor([(await sample.load(size)).image], size);
  // one picture at a time: its numbers must not depend on which others were missing from the cache
  const features = encoder.encode(images);
  images.dispose();
  const parts = await Promise.all(features.map((f) => f.data() as Promise<Float32Array>));
  tf.dispose(features);
  const halves = new Uint16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    halves.set(toHalf(part), at);
    at += part.length;
  }
  if (halves.some((half) => (half & 0x7c00) === 0x7c00)) {
    throw new UserError(
      `${sample.id}: the encoder's features must be finite and below 65504, but some are not; check the encoder's weights`,
    );
  }
  return halves;
}

/** The features of several pictures as three (b, h, w, c) tensors, the caller's to dispose. */
export function batchTensors(rows: readonly Uint16Array[], shapes: FeatureShapes): Features {
  let offset = 0;
  const levels = shapes.map(([h, w, c]) => {
    const length = h * w * c;
    const data = new Float32Array(rows.length * length);
    for (const [row, halves] of rows.entries()) {
      fromHalf(halves.subarray(offset, offset + length), data, row * length);
    }
    offset += length;
    return tf.tensor4d(data, [rows.length, h, w, c]);
  });
  return levels as Features;
}

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
    const halves = await encodeSample(encoder, samples[index]!, inputSize);
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
