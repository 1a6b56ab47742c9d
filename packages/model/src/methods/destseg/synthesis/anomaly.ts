import * as tf from '@tensorflow/tfjs-core';
import { perlinNoise, rotated } from './perlin.js';

/** Noise above it is anomalous. */
const THRESHOLD = 0.5;
/** A grid has 2^0 to 2^5 cells along a side. */
const MOST_POWER = 5;
/** The picture shines through an anomaly by at most this share. */
const MOST_BETA = 0.8;
/** The noise is turned by at most so many degrees either way. */
const MOST_ANGLE = 90;

/** Where a picture gets an anomaly, and how much of the picture shines through. */
export interface AnomalyShape {
  /** (height, width), row-major, 0 or 1; may be empty. */
  readonly mask: Float32Array;
  /** 0 to 0.8. */
  readonly beta: number;
}

/** The largest power of two, at most 2^5, that divides a side: cells must be whole pixels. */
const powersOf = (side: number): number => {
  let power = 0;
  while (power < MOST_POWER && side % 2 ** (power + 1) === 0) power++;
  return power;
};

/**
 * The shape of one synthetic anomaly (paper, 3.1; DRAEM): Perlin noise on a grid of random fineness in each direction, turned, above a threshold.
 *
 * @param uniform the next uniform number in [0, 1)
 */
export function drawShape(
  uniform: () => number,
  size: readonly [height: number, width: number],
): AnomalyShape {
  const [height, width] = size;
  const cells = (side: number): number => 2 ** Math.floor(uniform() * (powersOf(side) + 1));
  const grid = [cells(height), cells(width)] as const;
  const angles = Array.from({ length: (grid[0] + 1) * (grid[1] + 1) }, uniform);
  const noise = rotated(perlinNoise(angles, grid, size), size, (2 * uniform() - 1) * MOST_ANGLE);
  return {
    mask: Float32Array.from(noise, (value) => (value > THRESHOLD ? 1 : 0)),
    beta: MOST_BETA * uniform(),
  };
}

/**
 * Pictures with their anomalies: outside the mask unchanged, inside (1 − β)·texture + β·picture. Since these weights add to 1, pictures and
 * textures may be normalised or not.
 *
 * @param pictures (b, h, w, 3)
 * @param textures (b, h, w, 3)
 * @param masks (b, h, w, 1)
 * @param betas (b, 1, 1, 1)
 */
export function blended(
  pictures: tf.Tensor4D,
  textures: tf.Tensor4D,
  masks: tf.Tensor4D,
  betas: tf.Tensor4D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const inside = tf.add(tf.mul(textures, tf.sub(1, betas)), tf.mul(pictures, betas));
    return tf.add(tf.mul(pictures, tf.sub(1, masks)), tf.mul(inside, masks));
  });
}
