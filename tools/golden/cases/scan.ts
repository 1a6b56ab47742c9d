import * as tf from '@tensorflow/tfjs-core';
import { selectiveScanWithState } from '@pyramid-mamba/ssm-kernels';
import type { Runner } from '../caseRunner.ts';

/** Mamba's selective scan: output, last state, gradients. */
export const scan: Runner = async (golden, check) => {
  const results = tf.tidy(() => {
    const order = ['u', 'delta', 'A', 'B', 'C', 'D', 'delta_bias'];
    const names = order.filter((name) => golden.tensors.has(`in.${name}`));
    const tensors = names.map((name) => {
      const host = golden.tensors.get(`in.${name}`)!;
      return tf.tensor(host.data as Float32Array, host.shape);
    });
    const run = (...x: tf.Tensor[]): { y: tf.Tensor; lastState: tf.Tensor } => {
      const by = Object.fromEntries(names.map((name, i) => [name, x[i]!]));
      return selectiveScanWithState(
        by['u'] as tf.Tensor3D,
        by['delta'] as tf.Tensor3D,
        by['A'] as tf.Tensor2D,
        by['B'] as tf.Tensor4D,
        by['C'] as tf.Tensor4D,
        {
          ...(by['D'] && { D: by['D'] as tf.Tensor1D }),
          ...(by['delta_bias'] && { deltaBias: by['delta_bias'] as tf.Tensor1D }),
          deltaSoftplus: golden.hyper['delta_softplus'] === true,
        },
      );
    };
    const { y, lastState } = run(...tensors);
    const host = golden.tensors.get('grad_out.y')!;
    const grads = tf.grads((...x) => run(...x).y)(tensors, tf.tensor(host.data as Float32Array, host.shape));
    return {
      'out.y': y,
      'out.last_state': lastState,
      ...Object.fromEntries(names.map((name, i) => [`grad_in.${name}`, grads[i]!])),
    };
  }) as Record<string, tf.Tensor>;
  for (const [name, tensor] of Object.entries(results)) check.tensor(name, await tensor.data());
  tf.dispose(results);
};
