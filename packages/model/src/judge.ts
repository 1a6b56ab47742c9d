import * as tf from '@tensorflow/tfjs-core';
import { anomalyMap, type LevelMap } from './anomalyMap.js';
import { classFeatures } from './classChoice.js';
import { cosineLevels } from './detect.js';
import type { PyramidMamba } from './model.js';

/** What the model says of a picture. */
export interface Judged {
  /** The small maps, fine to coarse, of which the full-size map is made. */
  levels: LevelMap[];
  /** Anomaly map, (inputSize, inputSize), row-major. */
  map: Float32Array;
  /** The map's maximum. */
  score: number;
  /** What tells its class, see `nearestClass`. */
  feature: Float32Array;
}

/**
 * Judges pictures, all in one batch: what `detect` says, and what it was made of.
 * @param images ImageNet-normalised RGB, (b, inputSize, inputSize, 3); the caller's to dispose
 */
export async function judge(model: PyramidMamba, images: tf.Tensor4D): Promise<Judged[]> {
  const { inputSize: size, map } = model.config;
  const features = model.encode(images);
  try {
    const rebuilt = model.reconstruct(features);
    const [levels, own] = await Promise.all([
      cosineLevels(features, rebuilt).finally(() => tf.dispose(rebuilt)),
      classFeatures(features),
    ]);
    const found = anomalyMap(levels, size, size, map.sigma);
    return levels.map((level, i) => ({
      levels: level,
      map: found.maps[i]!,
      score: found.scores[i]!,
      feature: own[i]!,
    }));
  } finally {
    tf.dispose(features);
  }
}
