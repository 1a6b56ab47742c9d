import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** The definition of adamStepAll, in float64. */
export const adamStepAll: Kernel<CpuBackend, 'adamStepAll'> = (backend, inputs, o) => {
  const indices = Array.from({ length: o.count }, (_, i) => i);
  const shapes = indices.map((i) => inputs[`param${i}`]!.shape);
  // copies, unchanged if the norm is not finite
  const [m, v, ...params] = ['m', 'v', ...indices.map((i) => `param${i}`)].map((name) =>
    Float64Array.from(values(backend, inputs[name] as TensorInfo)),
  ) as [Float64Array, Float64Array, ...Float64Array[]];
  const grads = indices.map((i) => values(backend, inputs[`grad${i}`]!));
  let squares = 0;
  for (const grad of grads) for (let i = 0; i < grad.length; i++) squares += grad[i]! ** 2;
  const norm = Math.sqrt(squares);
  if (Number.isFinite(Math.fround(norm))) {
    const clip = o.clipNorm === null ? 1 : Math.min(1, o.clipNorm / (norm + 1e-6));
    const correction1 = 1 - o.beta1 ** o.step;
    const correction2 = Math.sqrt(1 - o.beta2 ** o.step);
    let at = 0;
    params.forEach((param, k) => {
      const decay = o.decays[k] ? o.weightDecay : 0;
      for (let i = 0; i < param.length; i++, at++) {
        const p = o.decoupled ? param[i]! * (1 - o.lr * decay) : param[i]!;
        const g = grads[k]![i]! * clip + (o.decoupled ? 0 : decay * param[i]!);
        m[at] = o.beta1 * m[at]! + (1 - o.beta1) * g;
        v[at] = o.beta2 * v[at]! + (1 - o.beta2) * g * g;
        param[i] = p - ((o.lr / correction1) * m[at]!) / (Math.sqrt(v[at]!) / correction2 + o.epsilon);
      }
    });
  }
  return [
    ...params.map((param, k) => tensorOf(backend, shapes[k]!, param)),
    tensorOf(backend, [m.length], m),
    tensorOf(backend, [v.length], v),
    tensorOf(backend, [], [norm]),
  ];
};
