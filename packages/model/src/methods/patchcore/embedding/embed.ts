// Letters: b pictures, h × w patches (the grid of the first level), c channels of a level.
import * as tf from '@tensorflow/tfjs-core';
import { adaptivePool } from './adaptivePool.js';
import type { PatchCoreConfig } from '../config.js';

/** Side of the neighbourhood of a patch. */
const SIDE = 3;

/**
 * The patches of pictures as rows, in the order of pictures and then of pixels: (b·h·w, dims).
 * @param levels the chosen levels of features, the finest first, NHWC
 */
export function embed(levels: readonly tf.Tensor4D[], embedding: PatchCoreConfig['embedding']): tf.Tensor2D {
  return embedding.kind === 'means' ? meanPatches(levels) : windowPatches(levels, embedding);
}

/** anomalib's: the mean of each channel over 3×3 pixels (zeros around the map count), resized to the grid, concatenated. */
function meanPatches(levels: readonly tf.Tensor4D[]): tf.Tensor2D {
  return tf.tidy(() => {
    const grid = gridOf(levels);
    const parts = levels.map((level) =>
      resized(tf.avgPool(padded(level) as tf.Tensor4D, SIDE, 1, 'valid'), grid),
    );
    return asRows(tf.concat(parts, 3));
  });
}

/**
 * The published code's: the 3×3 window of each pixel as one vector of 9·c values (channel, row, column), pooled to `perLevel`
 * values whose bins run across channels, resized to the grid; the levels' vectors one after the other, pooled to `dims`.
 * The code resizes before it pools; both are linear, one over space and one over channels, so the order is free, and this one costs less.
 */
function windowPatches(
  levels: readonly tf.Tensor4D[],
  { perLevel, dims }: { perLevel: number; dims: number },
): tf.Tensor2D {
  return tf.tidy(() => {
    const grid = gridOf(levels);
    const parts = levels.map((level) => {
      const [b, h, w] = level.shape;
      const pooled = adaptivePool(asRows(windows(level)), perLevel);
      return resized(tf.reshape(pooled, [b, h, w, perLevel]), grid);
    });
    return adaptivePool(asRows(tf.concat(parts, 3)), dims);
  });
}

/** The 3×3 window of each pixel, zeros around the map: (b, h, w, 9·c), index channel·9 + row·3 + column. */
export function windows(level: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const [b, h, w, c] = level.shape;
    const around = padded(level);
    const shifted: tf.Tensor4D[] = [];
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) shifted.push(tf.slice(around, [0, y, x, 0], [b, h, w, c]));
    return tf.reshape(tf.stack(shifted, 4), [b, h, w, c * SIDE * SIDE]);
  });
}

const padded = (level: tf.Tensor4D): tf.Tensor4D =>
  tf.pad4d(level, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);

const gridOf = (levels: readonly tf.Tensor4D[]): [number, number] => {
  const [, h, w] = levels[0]!.shape;
  return [h, w];
};

/** Bilinear with half-pixel centres, PyTorch's align_corners=False. */
const resized = (map: tf.Tensor4D, [h, w]: [number, number]): tf.Tensor4D =>
  map.shape[1] === h && map.shape[2] === w ? map : tf.image.resizeBilinear(map, [h, w], false, true);

const asRows = (map: tf.Tensor4D): tf.Tensor2D => tf.reshape(map, [-1, map.shape[3]]);
