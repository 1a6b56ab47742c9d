import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { DEPTHWISE_CONV_SILU, DEPTHWISE_CONV_SILU_GRAD } from '../../kernels/trainingKernels.js';
import { call, output, pointer, withScratch, type Backend } from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

/** Floats of one picture whose rows are padded for a k×k filter; see assembly/convolution/depthwiseRows.ts. */
function paddedSize(shape: number[], k: number): number {
  const [, h, w, c] = shape as [number, number, number, number];
  return h * (w + k - 1) * c;
}

export function registerDepthwiseConvSilu(): void {
  registerKernel({
    kernelName: DEPTHWISE_CONV_SILU,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { x, filter, bias } = inputs as Record<'x' | 'filter' | 'bias', TensorInfo>;
      const wasm = backend as Backend;
      const k = filter.shape[0]!;
      const y = output(wasm, x.shape);
      const offsets = [x, filter, bias, y].map((tensor) => pointer(wasm, tensor));
      withScratch(wasm, SIGMOID_CONSTANTS + paddedSize(x.shape, k), (scratch) =>
        call(wasm, 'depthwiseConvSilu', ...offsets, scratch, ...x.shape, k),
      );
      return y;
    },
  });
  registerKernel({
    kernelName: DEPTHWISE_CONV_SILU_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { x, filter, bias, dy } = inputs as Record<'x' | 'filter' | 'bias' | 'dy', TensorInfo>;
      const wasm = backend as Backend;
      const [k, , c] = filter.shape as [number, number, number];
      const gradients = [x, filter, bias].map(({ shape }) => output(wasm, shape));
      const offsets = [x, filter, bias, dy, ...gradients].map((tensor) => pointer(wasm, tensor));
      withScratch(wasm, SIGMOID_CONSTANTS + 2 * c + 2 * paddedSize(x.shape, k), (scratch) =>
        call(wasm, 'depthwiseConvSiluGrad', ...offsets, scratch, ...x.shape, k),
      );
      return gradients;
    },
  });
}
