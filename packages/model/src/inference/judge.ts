import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../encoders/types.js';
import { NumericError } from '../errors.js';
import { methodOf } from '../methods/registry.js';
import type { Detector } from '../methods/types.js';
import type { Size } from './input.js';
import type { LevelMap } from './levels.js';
import { pictureMap } from './pictureMap.js';
import { requireSoundJudgement } from './sound.js';

/** The model's output for a picture. */
export interface Judged {
  /** The small maps from which the method makes the full-size map. */
  levels: LevelMap[];
  /** Anomaly map of the picture's pixels within the input, row-major, (height, width). */
  map: Float32Array;
  height: number;
  width: number;
  score: number;
  /** What the product is recognised by, see `nearestClass`. */
  feature: Float32Array;
}

/**
 * Judges pictures in one batch.
 * @throws NumericError where a number is not finite or a map is the same everywhere: then no verdict may rest on it
 * A model with tiles is asked with `judgeTiles`: an Error here.
 * @param images preprocessed RGB, (b, h, w, 3), see `imageTensor`; the caller's to dispose
 * @param pictures the pictures' sizes, where they do not fill the input: their border is not judged
 * @param leftOut for each picture the training pictures that do not count, see `Detector.levelsWithout`
 */
export async function judge(
  model: Detector,
  images: tf.Tensor4D,
  pictures?: readonly Size[],
  leftOut?: readonly (readonly number[])[],
): Promise<Judged[]> {
  if (model.config.tiles)
    throw new Error('judge: this model judges pictures in tiles (`judgeTiles`), not as a whole');
  const method = methodOf(model);
  const [, height, width] = images.shape;
  const input = { height, width };
  const { levels, prototypes } = await measured(model, images, leftOut);
  return levels.map((level, i) => {
    const found = pictureMap(method, level, input, pictures?.[i] ?? input, model.config.map);
    const judged = { levels: level, ...found, feature: prototypes[i]! };
    requireSoundJudgement(judged, method.roundsByShare);
    return judged;
  });
}

/** What the network computes for what it sees at once: of each the small maps, and what the product is recognised by. Throws and takes as `judge`. */
export async function measured(
  model: Detector,
  images: tf.Tensor4D,
  leftOut?: readonly (readonly number[])[],
): Promise<{ levels: LevelMap[][]; prototypes: Float32Array[] }> {
  // maximum pooling would hide a pixel that is not a number
  const sum = tf.sum(images);
  const features = model.encode(images);
  try {
    const [levels, prototypes, pixels] = await Promise.all([
      leftOut ? levelsWithout(model, features, leftOut) : model.levels(features),
      model.encoder.prototype(features),
      sum.data(),
    ]);
    if (!Number.isFinite(pixels[0]!))
      throw new NumericError('a picture holds values that are not numbers, so there is no verdict');
    return { levels, prototypes };
  } finally {
    tf.dispose([features, sum]);
  }
}

function levelsWithout(
  model: Detector,
  features: Features,
  leftOut: readonly (readonly number[])[],
): Promise<LevelMap[][]> {
  if (!model.levelsWithout || model.knowsPictures !== true)
    throw new Error(`${model.method}: this detector cannot leave out training pictures`);
  return model.levelsWithout(features, leftOut);
}
