import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { INSTANCE_NORM, INSTANCE_NORM_GRAD, type InstanceNormAttrs } from '../../kernels/trainingKernels.js';
import { call, output, pointer, withScratch, type Backend, type Register } from './module/module.js';

/** Floats of scratch per channel; see assembly/normalisation/instanceNorm.ts. */
const SCRATCH = 5;

function run(backend: Backend, name: string, tensors: TensorInfo[], attrs: InstanceNormAttrs): void {
  const [b, h, w, c] = tensors[0]!.shape as [number, number, number, number];
  const offsets = tensors.map((tensor) => pointer(backend, tensor));
  const activate = attrs.activation === 'silu' ? 1 : 0;
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, name, ...offsets, scratch, b, h * w, c, attrs.epsilon, activate),
  );
}

export function registerInstanceNorm(register: Register = registerKernel): void {
  register({
    kernelName: INSTANCE_NORM,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x } = inputs as { x: TensorInfo };
      const y = output(backend as Backend, x.shape);
      run(backend as Backend, 'instanceNorm', [x, y], attrs as unknown as InstanceNormAttrs);
      return y;
    },
  });
  register({
    kernelName: INSTANCE_NORM_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const dx = output(backend as Backend, x.shape);
      run(backend as Backend, 'instanceNormGrad', [x, dy, dx], attrs as unknown as InstanceNormAttrs);
      return dx;
    },
  });
}
