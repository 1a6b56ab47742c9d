import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import type { LevelMap } from '../../inference/levels.js';

/** Minimum norm, so that a zero vector has similarity 0 and map value 1. */
const EPSILON = 1e-8;

/** 1 − cosine similarity over the channels, per level, computed on the device and read to the host. */
export async function cosineLevels(teacher: Features, student: Features): Promise<LevelMap[][]> {
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
