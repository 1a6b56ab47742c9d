import * as tf from '@tensorflow/tfjs-core';
import { randomStream, type Seed } from '../../../random/streams.js';

/** The random projection (dims, to) of the published code, an untrained linear layer without bias: uniform in ±1/√dims. */
export function randomProjection(dims: number, to: number, seed: Seed): tf.Tensor2D {
  const { uniform } = randomStream(seed, 'projection');
  const bound = 1 / Math.sqrt(dims);
  const weights = Float32Array.from({ length: dims * to }, () => (2 * uniform() - 1) * bound);
  return tf.tensor2d(weights, [dims, to]);
}
