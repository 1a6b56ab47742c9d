import * as tf from '@tensorflow/tfjs-core';
import { reconstructionLoss, type Features } from '@pyramid-mamba/model';
import type { Check } from '../check.ts';
import type { GoldenCase } from '../directory.ts';
import { input } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

/** A loss of features and its gradient with respect to the student's. */
export async function checkFeatureLoss(
  golden: GoldenCase,
  check: Check,
  levels: number,
  loss: (teacher: Features, student: Features) => tf.Scalar,
): Promise<void> {
  const [value, ...grads] = tf.tidy(() => {
    const features = (kind: string): Features =>
      Array.from({ length: levels }, (_, i) => input(golden, `in.feat_${kind}${i}`)) as Features;
    const teacher = features('t');
    const { value, grads } = tf.valueAndGrads((...s: tf.Tensor[]) => loss(teacher, s as Features))(
      features('s'),
    );
    return [value, ...grads.map((g) => tf.transpose(g, [0, 3, 1, 2]))];
  }) as [tf.Tensor, ...tf.Tensor[]];
  check.tensor('out.loss', await value.data());
  for (const [i, g] of grads.entries()) check.tensor(`grad_in.feat_s${i}`, await g.data());
  tf.dispose([value, ...grads]);
}

export const loss: Runner = (golden, check) =>
  checkFeatureLoss(golden, check, 3, (teacher, student) =>
    reconstructionLoss(teacher, student, golden.hyper['lam'] as number),
  );
