import * as tf from '@tensorflow/tfjs-core';
import { Optimizer } from '@pyramid-mamba/model';
import type { Runner } from '../caseRunner.ts';

const kindOf = (name: string): 'adam' | 'adamw' | 'stableadamw' =>
  name.startsWith('stable') ? 'stableadamw' : name.startsWith('adamw') ? 'adamw' : 'adam';

/** Adam, AdamW or StableAdamW with clipping and decay groups: parameters after every step, moments after the last. */
export const optimizer: Runner = async (golden, check) => {
  const { hyper, tensors } = golden;
  const names = [...tensors.keys()]
    .filter((n) => n.startsWith('in.') && !n.startsWith('in.grad.'))
    .map((n) => n.slice(3));
  const tensor = (name: string): tf.Tensor => {
    const host = tensors.get(name)!;
    return tf.tensor(host.data as Float32Array, host.shape);
  };
  const params = new Map(names.map((name) => [name, tf.variable(tensor(`in.${name}`))]));
  const optim = new Optimizer(params, {
    optimizer: kindOf(golden.name),
    ...(hyper['amsgrad'] === true && { amsgrad: true }),
    weightDecay: hyper['weight_decay'] as number,
    betas: hyper['betas'] as [number, number],
    eps: hyper['eps'] as number,
    clipNorm: hyper['clip_grad_norm'] as number | null,
  });
  for (let step = 1; step <= (hyper['steps'] as number); step++) {
    const grads = new Map(names.map((name) => [name, tensor(`in.grad.${name}.step${step}`)]));
    const { gradNorm } = await optim.step(grads, hyper['lr'] as number);
    tf.dispose([...grads.values()]);
    const norm = `aux.grad_norm_before_clip.${step - 1}`;
    if (tensors.has(norm)) check.tensor(norm, [gradNorm]);
    for (const name of names) check.tensor(`out.${name}.step${step}`, await params.get(name)!.data());
  }
  const state = await optim.state();
  for (const name of names)
    for (const moment of ['exp_avg', 'exp_avg_sq', ...(hyper['amsgrad'] === true ? ['max_exp_avg_sq'] : [])])
      check.tensor(`out.${moment}.${name}`, state.get(`${moment}.${name}`)!.data);
  optim.dispose();
  tf.dispose([...params.values()]);
};
