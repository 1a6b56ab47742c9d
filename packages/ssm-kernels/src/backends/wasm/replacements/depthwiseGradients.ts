import {
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, type ConvolutionAttrs } from './convolution.js';
import { call, output, pointer, type Backend } from '../module/module.js';
import { replaceKernel } from './replaceKernel.js';

function checkMultiplier(op: string, filterShape: number[]): void {
  if (filterShape[3] !== 1)
    throw new Error(
      `${op}: the wasm backend has the gradient for channel multiplier 1, got ${filterShape[3]}. ` +
        'Use the cpu backend, or repeat the channels of the input.',
    );
}

/** Registers both gradients of depthwiseConv2d, which tfjs-backend-wasm lacks. */
export function registerDepthwiseGradients(): void {
  replaceKernel({
    kernelName: DepthwiseConv2dNativeBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const op = DepthwiseConv2dNativeBackpropInput;
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const wasm = backend as Backend;
      const { inputShape, ...rest } = attrs as unknown as ConvolutionAttrs & { inputShape: number[] };
      checkMultiplier(op, filter.shape);
      const info = convolution(op, inputShape, filter.shape, rest, true, [dy, filter]);
      const dx = output(wasm, inputShape);
      const [from, weights, to] = [pointer(wasm, dy), pointer(wasm, filter), pointer(wasm, dx)];
      call(wasm, 'depthwiseGradInput', from, weights, to, info.batchSize, ...geometry(info));
      return dx;
    },
  });
  replaceKernel({
    kernelName: DepthwiseConv2dNativeBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const op = DepthwiseConv2dNativeBackpropFilter;
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const wasm = backend as Backend;
      const { filterShape, ...rest } = attrs as unknown as ConvolutionAttrs & { filterShape: number[] };
      checkMultiplier(op, filterShape);
      const info = convolution(op, x.shape, filterShape, rest, true, [x, dy]);
      const dFilter = output(wasm, filterShape);
      const [input, from, to] = [pointer(wasm, x), pointer(wasm, dy), pointer(wasm, dFilter)];
      call(wasm, 'depthwiseGradFilter', input, from, to, info.batchSize, ...geometry(info));
      return dFilter;
    },
  });
}
