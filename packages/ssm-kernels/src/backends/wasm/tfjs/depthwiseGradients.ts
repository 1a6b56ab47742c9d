import {
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, type ConvolutionAttrs } from './convolution.js';
import { call, output, pointer, type WasmBackend } from '../module/module.js';
import { kernelConfig } from '../../../kernels/table.js';

function checkMultiplier(op: string, filterShape: number[]): void {
  if (filterShape[3] !== 1)
    throw new Error(
      `${op}: the wasm backend has the gradient for channel multiplier 1, got ${filterShape[3]}. ` +
        'Use the cpu backend, or repeat the channels of the input.',
    );
}

/** The gradient of depthwiseConv2d's input, which tfjs-backend-wasm lacks. */
export const depthwiseBackpropInput: KernelConfig = kernelConfig<
  WasmBackend,
  Record<'dy' | 'filter', TensorInfo>,
  ConvolutionAttrs & { inputShape: number[] }
>('wasm', DepthwiseConv2dNativeBackpropInput, (backend, { dy, filter }, { inputShape, ...attrs }) => {
  const op = DepthwiseConv2dNativeBackpropInput;
  checkMultiplier(op, filter.shape);
  const info = convolution(op, inputShape, filter.shape, attrs, true, [dy, filter]);
  const dx = output(backend, inputShape);
  const offsets = { dy: pointer(backend, dy), filter: pointer(backend, filter), dx: pointer(backend, dx) };
  call(backend, 'depthwiseGradInput', { batch: info.batchSize, ...geometry(info), ...offsets });
  return dx;
});

/** The gradient of depthwiseConv2d's filter, which tfjs-backend-wasm lacks. */
export const depthwiseBackpropFilter: KernelConfig = kernelConfig<
  WasmBackend,
  Record<'x' | 'dy', TensorInfo>,
  ConvolutionAttrs & { filterShape: number[] }
>('wasm', DepthwiseConv2dNativeBackpropFilter, (backend, { x, dy }, { filterShape, ...attrs }) => {
  const op = DepthwiseConv2dNativeBackpropFilter;
  checkMultiplier(op, filterShape);
  const info = convolution(op, x.shape, filterShape, attrs, true, [x, dy]);
  const dFilter = output(backend, filterShape);
  const offsets = { x: pointer(backend, x), dy: pointer(backend, dy), dFilter: pointer(backend, dFilter) };
  call(backend, 'depthwiseGradFilter', { batch: info.batchSize, ...geometry(info), ...offsets });
  return dFilter;
});
