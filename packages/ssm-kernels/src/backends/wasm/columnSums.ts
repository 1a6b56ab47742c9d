import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { COLUMN_SUMS } from '../../kernels/trainingKernels.js';
import { call, output, pointer, withScratch, type Backend, type Register } from './module/module.js';

/** Compensated sums over all axes but the last. */
export function columnSums(backend: Backend, x: TensorInfo): TensorInfo {
  const c = x.shape.at(-1)!;
  const sums = output(backend, [c]);
  withScratch(backend, c, (compensation) =>
    call(
      backend,
      'columnSums',
      pointer(backend, x),
      pointer(backend, sums),
      compensation,
      util.sizeFromShape(x.shape) / c,
      c,
    ),
  );
  return sums;
}

export function registerColumnSums(register: Register = registerKernel): void {
  register({
    kernelName: COLUMN_SUMS,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => columnSums(backend as Backend, inputs['x'] as TensorInfo),
  });
}
