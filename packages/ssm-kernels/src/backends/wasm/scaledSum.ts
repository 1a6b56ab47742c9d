import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { SCALED_SUM, type ScaledSumAttrs } from '../../kernels/trainingKernels.js';
import { call, output, pointer, type Backend } from './module/module.js';

export function registerScaledSum(): void {
  registerKernel({
    kernelName: SCALED_SUM,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, z, scale } = inputs as { x: TensorInfo; z: TensorInfo; scale?: TensorInfo };
      const { alpha, beta } = attrs as unknown as ScaledSumAttrs;
      const wasm = backend as Backend;
      const y = output(wasm, x.shape);
      // each entry of the first axis has one scale
      const scales = scale ? wasm.typedArrayFromHeap(scale) : [1];
      const each = util.sizeFromShape(x.shape) / scales.length;
      const offsets = [x, z, y].map((tensor) => pointer(wasm, tensor));
      for (let run = 0; run < scales.length; run++)
        call(
          wasm,
          'scaledSum',
          ...offsets.map((offset) => offset + 4 * run * each),
          each,
          alpha,
          beta * scales[run]!,
        );
      return y;
    },
  });
}
