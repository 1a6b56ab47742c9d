import * as tf from '@tensorflow/tfjs-core';
import { NumericError } from '../../errors.js';
import { anomalyMap } from './fuse.js';
import type { Detector } from '../types.js';

/**
 * Anomaly maps and scores of pictures.
 * @throws NumericError where a score is not finite
 * @param images ImageNet-normalised RGB, (b, height, width, 3)
 */
export async function detect(
  model: Detector,
  images: tf.Tensor4D,
): Promise<{ maps: Float32Array[]; scores: number[] }> {
  const features = model.encode(images);
  try {
    const levels = await model.levels(features);
    const found = anomalyMap(levels, images.shape[1], images.shape[2], model.config.map.sigma);
    const unsound = found.scores.findIndex((score) => !Number.isFinite(score));
    if (unsound >= 0)
      throw new NumericError(
        `picture ${unsound + 1} of ${found.scores.length} has the score ${found.scores[unsound]}; check the picture and the model`,
      );
    return found;
  } finally {
    tf.dispose(features);
  }
}
