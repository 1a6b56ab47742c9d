import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { ADAM_STEP, type AdamStepOptions } from '../adamStep.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** The definition of adamStep, in float64. */
export function registerAdamStep(): void {
  registerKernel({
    kernelName: ADAM_STEP,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as CpuBackend;
      const o = attrs as unknown as Required<AdamStepOptions>;
      const [param, m, v, grad] = ['param', 'm', 'v', 'grad'].map((name) =>
        values(cpu, inputs[name] as TensorInfo),
      );
      const shape = (inputs['param'] as TensorInfo).shape;
      const size = util.sizeFromShape(shape);
      const out = [0, 1, 2].map(() => new Float64Array(size));
      const correction1 = 1 - o.beta1 ** o.step;
      const correction2 = Math.sqrt(1 - o.beta2 ** o.step);
      for (let i = 0; i < size; i++) {
        const p = o.decoupled ? param![i]! * (1 - o.lr * o.weightDecay) : param![i]!;
        const g = grad![i]! * o.gradScale + (o.decoupled ? 0 : o.weightDecay * param![i]!);
        const m1 = o.beta1 * m![i]! + (1 - o.beta1) * g;
        const v1 = o.beta2 * v![i]! + (1 - o.beta2) * g * g;
        out[0]![i] = p - ((o.lr / correction1) * m1) / (Math.sqrt(v1) / correction2 + o.epsilon);
        out[1]![i] = m1;
        out[2]![i] = v1;
      }
      return out.map((x) => tensorOf(cpu, shape, x));
    },
  });
}
