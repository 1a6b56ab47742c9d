import * as tf from '@tensorflow/tfjs-core';
import { anomalyMap, type LevelMaps } from '../../inference/anomalyMap.js';
import type { Features } from '../../encoders/resnet/encoder.js';
import { NumericError } from '../../errors.js';
import type { PyramidMamba } from './model.js';

/** Minimum norm, so that a zero vector has similarity 0 and map value 1. */
const EPSILON = 1e-8;
/** 1 − cosine similarity over the channels, per level, computed on the device and read to the host. */
export async function cosineLevels(teacher: Features, student: Features): Promise<LevelMaps> {
  const distances = tf.tidy(() =>
    teacher.map((t, i) => {
      const s = student[i]!;
      const dot = tf.sum(tf.mul(t, s), 3);
      const norms = tf.sqrt(tf.mul(tf.sum(tf.square(t), 3), tf.sum(tf.square(s), 3)));
      return tf.sub(1, tf.div(dot, tf.maximum(norms, EPSILON)));
    }),
  );
  const data = await Promise.all(distances.map((d) => d.data<'float32'>()));
  const shapes = distances.map((d) => d.shape as [number, number, number]);
  tf.dispose(distances);
  return Array.from({ length: shapes[0]![0] }, (_, b) =>
    shapes.map(([, height, width], level) => ({
      height,
      width,
      data: data[level]!.slice(b * height * width, (b + 1) * height * width),
    })),
  );
}

/**
 * Anomaly maps and scores of pictures.
 * @throws NumericError where a score is not finite
 * @param images ImageNet-normalised RGB, (b, inputSize, inputSize, 3)
 */
export async function detect(
  model: PyramidMamba,
  images: tf.Tensor4D,
): Promise<{ maps: Float32Array[]; scores: number[] }> {
  const features = model.encode(images);
  const rebuilt = model.reconstruct(features);
  try {
    const levels = await cosineLevels(features, rebuilt);
    const found = anomalyMap(levels, images.shape[1], images.shape[2], model.config.map.sigma);
    const unsound = found.scores.findIndex((score) => !Number.isFinite(score));
    if (unsound >= 0)
      throw new NumericError(
        `picture ${unsound + 1} of ${found.scores.length} has the score ${found.scores[unsound]}; check the picture and the model`,
      );
    return found;
  } finally {
    tf.dispose([features, rebuilt]);
  }
}
