import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import type { Centring } from './centring.js';

/** Features as a student sees and rebuilds them. In a `tf.tidy`. */
export const centred = (features: Features, { centre }: Centring): Features =>
  centre === undefined ? features : features.map((f) => tf.sub(f, tf.mean(f, [1, 2], true)));
