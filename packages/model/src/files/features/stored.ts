import * as tf from '@tensorflow/tfjs-core';
import type { Encoder, Features } from '../../encoders/types.js';
import { NumericError } from '../../errors.js';
import { fromHalf, toHalf } from './half.js';

/** (height, width, channels) of each feature map of one picture. */
export type FeatureShapes = readonly (readonly [height: number, width: number, channels: number])[];

/** @param inputSize the picture's side, or its height and width, in pixels */
export function featureShapes(
  { strides, channels }: Pick<Encoder, 'strides' | 'channels'>,
  inputSize: number | readonly [height: number, width: number],
): FeatureShapes {
  const [height, width] = typeof inputSize === 'number' ? [inputSize, inputSize] : inputSize;
  return strides.map((stride, level) => [height / stride, width / stride, channels[level]!]);
}

/** Total number of values of the maps of one picture. */
export function featureLength(shapes: FeatureShapes): number {
  return shapes.reduce((sum, [h, w, c]) => sum + h * w * c, 0);
}

/**
 * Pictures as input of the encoder, (b, size, size, 3) float32.
 * @param pictures each ImageNet-normalised RGB, (size, size, 3), see the data package's `normalizeImageNet`
 */
export function imageTensor(pictures: readonly Float32Array[], size: number): tf.Tensor4D {
  const length = size * size * 3;
  const data = new Float32Array(pictures.length * length);
  for (const [i, picture] of pictures.entries()) data.set(picture, i * length);
  return tf.tensor4d(data, [pictures.length, size, size, 3]);
}

/**
 * The features of one picture as half floats, level by level, NHWC: the input of training, whether from the cache
 * or not. One picture at a time, because its values must not depend on which others are encoded.
 *
 * @param picture ImageNet-normalised RGB, (size, size, 3); `where` names it in errors
 * @throws NumericError if a feature is not finite or too large for a half float
 */
export async function encodeHalves(
  encoder: Encoder,
  picture: Float32Array,
  size: number,
  where: string,
): Promise<Uint16Array> {
  const images = imageTensor([picture], size);
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
    throw new NumericError(
      `${where}: the encoder's features must be finite and below 65504, but some are not; check the encoder's weights`,
    );
  }
  return halves;
}

/** The features of several pictures as (b, h, w, c) tensors, one per level, the caller's to dispose. */
export function batchTensors(rows: readonly Uint16Array[], shapes: FeatureShapes): Features {
  let offset = 0;
  return shapes.map(([h, w, c]) => {
    const length = h * w * c;
    const data = new Float32Array(rows.length * length);
    for (const [row, halves] of rows.entries()) {
      fromHalf(halves.subarray(offset, offset + length), data, row * length);
    }
    offset += length;
    return tf.tensor4d(data, [rows.length, h, w, c]);
  });
}
