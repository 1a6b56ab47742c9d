import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import type { Mining } from '../../training/context.js';
import { globalCosineLoss } from './globalCosine.js';

/** 1 − cosine over the channels of every pixel, (b, h, w). */
function pixelDistances(t: tf.Tensor4D, s: tf.Tensor4D): tf.Tensor3D {
  const norm = (x: tf.Tensor4D): tf.Tensor => tf.maximum(tf.sqrt(tf.sum(tf.square(x), 3)), 1e-8);
  return tf.sub(1, tf.div(tf.sum(tf.mul(t, s), 3), tf.mul(norm(t), norm(s))));
}

/** How many pixels keep their gradient: at least one, since a batch of few pixels would otherwise have no threshold. */
const kept = (pixels: number, share: number): number => Math.max(1, Math.floor(pixels * (1 - share)));

/**
 * The student's features, unchanged; their gradient is weakened at the pixels that are rebuilt well already. Of the pixels of the whole batch the
 * share `1 − share` with the largest distances keeps it, that of the others is multiplied by `factor` (Dinomaly's hook).
 */
function mined(t: tf.Tensor4D, s: tf.Tensor4D, { share, factor }: Mining): tf.Tensor4D {
  const hook = tf.customGrad((x, save) => {
    const weight = tf.tidy(() => {
      const distances = pixelDistances(t, x as tf.Tensor4D);
      const flat = tf.reshape(distances, [distances.size]);
      const { values } = tf.topk(flat, kept(flat.size, share));
      const threshold = tf.slice(values, [values.size - 1], [1]);
      const well = tf.cast(tf.less(distances, threshold), 'float32');
      return tf.expandDims(tf.sub(1, tf.mul(well, 1 - factor)), 3);
    });
    (save as (tensors: tf.Tensor[]) => void)([weight]);
    return {
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, saved!),
    };
  });
  return hook(s) as tf.Tensor4D;
}

/**
 * Mean over the levels of the global cosine distance, with the gradient of what is rebuilt well weakened (Guo et al., "Dinomaly", CVPR 2025,
 * global_cosine_hm_percent of its code). The value itself is not mined.
 */
export function hardMinedCosineLoss(teacher: Features, student: Features, mining: Mining): tf.Scalar {
  return tf.tidy(() => {
    const hooked = student.map((s, i) => mined(teacher[i]!, s, mining));
    return tf.div(globalCosineLoss(teacher, hooked), student.length) as tf.Scalar;
  });
}
