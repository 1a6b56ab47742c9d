import type { RgbImage } from '@pyramid-mamba/data';
import {
  anomalyMap,
  classFeatures,
  cosineLevels,
  type LevelMap,
  type PyramidMamba,
} from '@pyramid-mamba/model';
import * as tf from '@tensorflow/tfjs-core';
import { imageTensor } from './features.js';

/** What the model says of a picture. */
export interface Judgement {
  /** The small maps, fine to coarse, of which the full-size map is made. */
  levels: LevelMap[];
  /** Anomaly map, (inputSize, inputSize), row-major. */
  map: Float32Array;
  /** The map's maximum. */
  score: number;
  /** What tells its class, see `nearestClass`. */
  feature: Float32Array;
}

/** Judges pictures of the model's input size, all in one batch. */
export async function judge(model: PyramidMamba, pictures: readonly RgbImage[]): Promise<Judgement[]> {
  const { inputSize: size, map } = model.config;
  const images = imageTensor(pictures, size);
  const features = model.encode(images);
  images.dispose();
  try {
    const rebuilt = model.reconstruct(features);
    const [levels, own] = await Promise.all([
      cosineLevels(features, rebuilt).finally(() => tf.dispose(rebuilt)),
      classFeatures(features),
    ]);
    const found = anomalyMap(levels, size, size, map.sigma);
    return pictures.map((_, i) => ({
      levels: levels[i]!,
      map: found.maps[i]!,
      score: found.scores[i]!,
      feature: own[i]!,
    }));
  } finally {
    tf.dispose(features);
  }
}
