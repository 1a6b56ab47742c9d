import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { ADAM_STEP, type AdamStepOptions } from '../adamStep.js';
import { call, output, pointer, type Backend } from './module.js';

export function registerAdamStep(): void {
  registerKernel({
    kernelName: ADAM_STEP,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const o = attrs as unknown as Required<AdamStepOptions>;
      const tensors = ['param', 'm', 'v', 'grad'].map((name) => inputs[name] as TensorInfo);
      const { shape } = tensors[0]!;
      const outputs = [0, 1, 2].map(() => output(wasm, shape));
      call(
        wasm,
        'adamStep',
        util.sizeFromShape(shape),
        ...[...tensors, ...outputs].map((t) => pointer(wasm, t)),
        o.beta1,
        o.beta2,
        o.epsilon,
        o.lr / (1 - o.beta1 ** o.step),
        Math.sqrt(1 - o.beta2 ** o.step),
        o.decoupled ? 1 - o.lr * o.weightDecay : 1,
        o.decoupled ? 0 : o.weightDecay,
        o.gradScale,
      );
      return outputs;
    },
  });
}
