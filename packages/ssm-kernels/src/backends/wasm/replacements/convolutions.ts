import {
  Conv2D,
  DepthwiseConv2dNative,
  FusedConv2D,
  type backend_util,
  type FusedConv2DAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, unrolled, type ConvolutionAttrs } from './convolution.js';
import { withGemm } from '../module/gemm.js';
import { call, output, pointer, withScratch, type Backend } from '../module/module.js';
import { precedeKernel } from './replaceKernel.js';

const BYTES = 4;
/** Activations in the order of their numbers in assembly/maths/activation.ts. */
const ACTIVATIONS = ['linear', 'relu', 'relu6'];

/** y = activation(patches·filter + bias); `bias` is a byte offset, or 0. */
function conv2d(
  backend: Backend,
  info: backend_util.Conv2DInfo,
  x: number,
  filter: number,
  y: number,
  bias: number,
  activation: number,
): void {
  const { pixels, patch, channels, trivial, strip } = unrolled(info);
  withScratch(backend, trivial ? 0 : strip * patch, (columns) =>
    withGemm(backend, { m: strip, n: channels, k: patch }, (multiply) => {
      for (let first = 0; first < pixels; first += strip) {
        const m = Math.min(strip, pixels - first);
        const target = y + BYTES * first * channels;
        if (!trivial) call(backend, 'im2col', x, columns, first, m, ...geometry(info));
        multiply({
          m,
          n: channels,
          k: patch,
          a: { offset: trivial ? x : columns, row: patch, column: 1 },
          b: { offset: filter, row: channels, column: 1 },
          c: { offset: target, row: channels },
        });
        if (bias || activation) call(backend, 'biasActivation', target, bias, m, channels, activation);
      }
    }),
  );
}

/** NHWC, not dilated, float32: the inputs our kernels support. */
function plain({ dataFormat = 'NHWC', dilations = 1 }: ConvolutionAttrs, x: TensorInfo): boolean {
  return dataFormat === 'NHWC' && [dilations].flat().every((d) => d === 1) && x.dtype === 'float32';
}

/** Replaces tfjs's convolutions by ones twice as fast on one core; tfjs's own still serve dilations and rare activations. */
export function registerConvolutions(): void {
  precedeKernel(
    Conv2D,
    ({ inputs, attrs }) => plain(attrs as unknown as ConvolutionAttrs, inputs['x']!),
    ({ inputs, backend, attrs }) => {
      const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
      const wasm = backend as Backend;
      const info = convolution(Conv2D, x.shape, filter.shape, attrs as unknown as ConvolutionAttrs, false, [
        x,
        filter,
      ]);
      const y = output(wasm, info.outShape);
      conv2d(wasm, info, pointer(wasm, x), pointer(wasm, filter), pointer(wasm, y), 0, 0);
      return y;
    },
  );
  precedeKernel(
    FusedConv2D,
    ({ inputs, attrs }) => {
      const { bias, preluActivationWeights, filter } = inputs;
      const { activation } = attrs as unknown as FusedConv2DAttrs;
      const usualBias = !bias || (bias.shape.length === 1 && bias.shape[0] === filter!.shape[3]);
      return (
        plain(attrs as unknown as ConvolutionAttrs, inputs['x']!) &&
        usualBias &&
        !preluActivationWeights &&
        ACTIVATIONS.includes(activation)
      );
    },
    ({ inputs, backend, attrs }) => {
      const { x, filter, bias } = inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
      const wasm = backend as Backend;
      const { activation, ...rest } = attrs as unknown as FusedConv2DAttrs;
      const info = convolution(FusedConv2D, x.shape, filter.shape, rest, false, [x, filter]);
      const y = output(wasm, info.outShape);
      const [from, weights, to] = [pointer(wasm, x), pointer(wasm, filter), pointer(wasm, y)];
      const biasOffset = bias ? pointer(wasm, bias) : 0;
      conv2d(wasm, info, from, weights, to, biasOffset, ACTIVATIONS.indexOf(activation));
      return y;
    },
  );
  precedeKernel(
    DepthwiseConv2dNative,
    ({ inputs, attrs }) =>
      inputs['filter']!.shape[3] === 1 && plain(attrs as unknown as ConvolutionAttrs, inputs['x']!),
    ({ inputs, backend, attrs }) => {
      const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
      const wasm = backend as Backend;
      const op = DepthwiseConv2dNative;
      const info = convolution(op, x.shape, filter.shape, attrs as unknown as ConvolutionAttrs, true, [
        x,
        filter,
      ]);
      const y = output(wasm, info.outShape);
      const [from, weights, to] = [pointer(wasm, x), pointer(wasm, filter), pointer(wasm, y)];
      call(wasm, 'depthwise', from, weights, to, info.batchSize, ...geometry(info));
      return y;
    },
  );
}
