import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { COLUMN_SUMS } from '../trainingKernels.js';
import { call, output, pointer, withScratch, type Backend } from './module.js';

export function registerColumnSums(): void {
  registerKernel({
    kernelName: COLUMN_SUMS,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const wasm = backend as Backend;
      const x = inputs['x'] as TensorInfo;
      const c = x.shape.at(-1)!;
      const sums = output(wasm, [c]);
      withScratch(wasm, c, (compensation) =>
        call(
          wasm,
          'columnSums',
          pointer(wasm, x),
          pointer(wasm, sums),
          compensation,
          util.sizeFromShape(x.shape) / c,
          c,
        ),
      );
      return sums;
    },
  });
}
