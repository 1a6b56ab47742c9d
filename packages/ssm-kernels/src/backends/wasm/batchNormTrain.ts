import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRAD,
  type LayerNormAttrs,
} from '../../kernels/trainingKernels.js';
import { call, output, pointer, withScratch, type Backend, type Register } from './module/module.js';

/** Floats of scratch per channel; see assembly/normalisation/batchNorm.ts. */
const SCRATCH = 3;

function run(backend: Backend, name: string, tensors: TensorInfo[], epsilon: number): void {
  const x = tensors[0]!;
  const c = x.shape.at(-1)!;
  const offsets = tensors.map((tensor) => pointer(backend, tensor));
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, name, ...offsets, scratch, util.sizeFromShape(x.shape) / c, c, epsilon),
  );
}

export function registerBatchNormTrain(register: Register = registerKernel): void {
  register({
    kernelName: BATCH_NORM_TRAIN,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
      const wasm = backend as Backend;
      const outputs = [output(wasm, x.shape), output(wasm, gamma.shape), output(wasm, gamma.shape)];
      run(wasm, 'batchNorm', [x, gamma, beta, ...outputs], (attrs as unknown as LayerNormAttrs).epsilon);
      return outputs;
    },
  });
  register({
    kernelName: BATCH_NORM_TRAIN_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, mean, variance, dy } = inputs as Record<
        'x' | 'gamma' | 'mean' | 'variance' | 'dy',
        TensorInfo
      >;
      const wasm = backend as Backend;
      const outputs = [output(wasm, x.shape), output(wasm, gamma.shape), output(wasm, gamma.shape)];
      const tensors = [x, gamma, mean, variance, dy, ...outputs];
      run(wasm, 'batchNormGrad', tensors, (attrs as unknown as LayerNormAttrs).epsilon);
      return outputs;
    },
  });
}
