import * as tf from '@tensorflow/tfjs-core';
import type { Features } from './types.js';

/** For each picture the mean over the map of the coarsest features, (b) arrays of as many values as they have channels. */
export async function coarsestMean(features: Features): Promise<Float32Array[]> {
  const mean = tf.tidy(() => tf.mean(features.at(-1)!, [1, 2]));
  const [count, channels] = mean.shape as [number, number];
  const data = await mean.data<'float32'>();
  mean.dispose();
  return Array.from({ length: count }, (_, b) => data.slice(b * channels, (b + 1) * channels));
}
