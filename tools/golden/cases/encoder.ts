import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, encoderWeightsFrom, inferEncoderArch } from '@pyramid-mamba/model';
import { input, stateOf } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

/** The encoder's features, BatchNorm folded at load. */
export const encoder: Runner = async (golden, check) => {
  const state = stateOf(golden);
  const config = inferEncoderArch(state);
  const module = createEncoder(config, encoderWeightsFrom(state, config, golden.name));
  const features = tf.tidy(() =>
    module.encode(input(golden, 'in.x') as tf.Tensor4D).map((f) => tf.transpose(f, [0, 3, 1, 2])),
  );
  for (const [i, f] of features.entries()) check.tensor(`out.${i}`, await f.data());
  tf.dispose(features);
  module.dispose();
};
