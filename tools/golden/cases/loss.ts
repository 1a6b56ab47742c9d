import * as tf from '@tensorflow/tfjs-core';
import { reconstructionLoss, type Features } from '@pyramid-mamba/model';
import { input } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

export const loss: Runner = async (golden, check) => {
  const [value, ...grads] = tf.tidy(() => {
    const levels = [0, 1, 2];
    const teacher = levels.map((i) => input(golden, `in.feat_t${i}`)) as Features;
    const student = levels.map((i) => input(golden, `in.feat_s${i}`)) as Features;
    const f = (...s: tf.Tensor[]): tf.Tensor =>
      reconstructionLoss(teacher, s as Features, golden.hyper['lam'] as number);
    const { value, grads } = tf.valueAndGrads(f)(student);
    return [value, ...grads.map((g) => tf.transpose(g, [0, 3, 1, 2]))];
  }) as [tf.Tensor, ...tf.Tensor[]];
  check.tensor('out.loss', await value.data());
  for (const [i, g] of grads.entries()) check.tensor(`grad_in.feat_s${i}`, await g.data());
  tf.dispose([value, ...grads]);
};
