import * as tf from '@tensorflow/tfjs-core';
import type { Encoder, Features } from '../../encoders/types.js';
import { NumericError } from '../../errors.js';
import { placed, type Size } from '../../inference/input.js';
import { fromHalf, toHalf } from './half.js';

/** (height, width, channels) of each feature map of one picture. */
export type FeatureShapes = readonly (readonly [height: number, width: number, channels: number])[];

/** The side of a square input, or an input's height and width, in pixels. */
export type InputSides = number | readonly [height: number, width: number] | Size;

const sizeOf = (input: InputSides): Size => {
  if (typeof input === 'number') return { height: input, width: input };
  return 'height' in input ? input : { height: input[0], width: input[1] };
};

/** The shapes for an input of a model, see `inputOf`. */
export function featureShapes(
  { strides, channels }: Pick<Encoder, 'strides' | 'channels'>,
  input: InputSides,
): FeatureShapes {
  const { height, width } = sizeOf(input);
  return strides.map((stride, level) => [height / stride, width / stride, channels[level]!]);
}

/** Total number of values of the maps of one picture. */
export function featureLength(shapes: FeatureShapes): number {
  return shapes.reduce((sum, [h, w, c]) => sum + h * w * c, 0);
}

/** An ImageNet-normalised RGB picture, (height, width, 3), see the data package's `normalizedPicture`. */
export interface InputPicture extends Size {
  readonly data: Float32Array;
}

/**
 * Pictures as input of the encoder, (b, height, width, 3) float32. One that is smaller than the input is in its centre (`placed`), and the
 * border around it is 0, the normalised mean of ImageNet.
 *
 * @param pictures ImageNet-normalised RGB; numbers alone fill the input
 * @throws RangeError for a picture that does not fit
 */
export function imageTensor(
  pictures: readonly (InputPicture | Float32Array)[],
  input: InputSides,
): tf.Tensor4D {
  const { height, width } = sizeOf(input);
  const length = height * width * 3;
  const data = new Float32Array(pictures.length * length);
  for (const [i, picture] of pictures.entries()) {
    const one = picture instanceof Float32Array ? { height, width, data: picture } : picture;
    if (one.data.length !== one.height * one.width * 3)
      throw new RangeError(
        `imageTensor: a picture of ${one.height}×${one.width} pixels has ${one.height * one.width * 3} numbers, got ${one.data.length}`,
      );
    const { left, top } = placed({ height, width }, one);
    const row = one.width * 3;
    for (let y = 0; y < one.height; y++)
      data.set(one.data.subarray(y * row, (y + 1) * row), i * length + ((top + y) * width + left) * 3);
  }
  return tf.tensor4d(data, [pictures.length, height, width, 3]);
}

/**
 * The features of one picture as half floats, level by level, NHWC: the input of training, whether from the cache
 * or not. One picture at a time, because its values must not depend on which others are encoded.
 *
 * @param picture as for `imageTensor`; `where` names it in errors
 * @throws NumericError if a feature is not finite or too large for a half float
 */
export async function encodeHalves(
  encoder: Encoder,
  picture: InputPicture | Float32Array,
  input: InputSides,
  where: string,
): Promise<Uint16Array> {
  const images = imageTensor([picture], input);
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
