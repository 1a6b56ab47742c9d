import * as tf from '@tensorflow/tfjs-core';
import { anomalyMap, type LevelMap } from './anomalyMap.js';
import { classFeatures } from './classChoice.js';
import { cosineLevels } from '../methods/pyramid-mamba/detect.js';
import { NumericError } from '../errors.js';
import type { PyramidMamba } from '../methods/pyramid-mamba/model.js';
import { requireSoundJudgement } from './sound.js';

/** The model's output for a picture. */
export interface Judged {
  /** The small maps, fine to coarse, from which the full-size map is computed. */
  levels: LevelMap[];
  /** Anomaly map, (inputSize, inputSize), row-major. */
  map: Float32Array;
  /** The map's maximum. */
  score: number;
  /** The class feature, see `nearestClass`. */
  feature: Float32Array;
}

/**
 * Judges pictures in one batch: the results of `detect` and the intermediate ones.
 * @throws NumericError where a number is not finite or a map is the same everywhere: then no verdict may rest on it
 * @param images ImageNet-normalised RGB, (b, inputSize, inputSize, 3); the caller's to dispose
 */
export async function judge(model: PyramidMamba, images: tf.Tensor4D): Promise<Judged[]> {
  const { inputSize: size, map } = model.config;
  // maximum pooling would hide a pixel that is not a number
  const sum = tf.sum(images);
  const features = model.encode(images);
  try {
    const rebuilt = model.reconstruct(features);
    const [levels, own, pixels] = await Promise.all([
      cosineLevels(features, rebuilt).finally(() => tf.dispose(rebuilt)),
      classFeatures(features),
      sum.data(),
    ]);
    if (!Number.isFinite(pixels[0]!))
      throw new NumericError('a picture holds values that are not numbers, so there is no verdict');
    const found = anomalyMap(levels, size, size, map.sigma);
    return levels.map((level, i) => {
      const judged = { levels: level, map: found.maps[i]!, score: found.scores[i]!, feature: own[i]! };
      requireSoundJudgement(judged);
      return judged;
    });
  } finally {
    tf.dispose([features, sum]);
  }
}
