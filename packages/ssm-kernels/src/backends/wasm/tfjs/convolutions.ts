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
import { call, output, pointer, withScratch, type WasmBackend } from '../module/module.js';
import { precedeKernel } from '../../../kernels/replaceKernel.js';

const BYTES = 4;
/** Activations in the order of their numbers in assembly/maths/activation.ts. */
const ACTIVATIONS = ['linear', 'relu', 'relu6'];

/** y = activation(patches·filter + bias); `bias` is a byte offset, or 0. */
function conv2d(
  backend: WasmBackend,
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
        if (!trivial) call(backend, 'im2col', { x, columns, first, count: m, ...geometry(info) });
        multiply({
          m,
          n: channels,
          k: patch,
          a: { offset: trivial ? x : columns, row: patch, column: 1 },
          b: { offset: filter, row: channels, column: 1 },
          c: { offset: target, row: channels },
        });
        if (bias || activation)
          call(backend, 'biasActivation', { y: target, bias, rows: m, c: channels, activation });
      }
    }),
  );
}

/** NHWC, not dilated, float32: the inputs our kernels support. */
function plain({ dataFormat = 'NHWC', dilations = 1 }: ConvolutionAttrs, x: TensorInfo): boolean {
  return dataFormat === 'NHWC' && [dilations].flat().every((d) => d === 1) && x.dtype === 'float32';
}

interface Filtered {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** Whether ours computes this fused convolution: a usual bias and one of our activations. */
function usual(
  { filter, bias, preluActivationWeights }: Filtered,
  { activation }: FusedConv2DAttrs,
): boolean {
  const usualBias = !bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]);
  return usualBias && !preluActivationWeights && ACTIVATIONS.includes(activation);
}

/** Replaces tfjs's convolutions by ones twice as fast on one core; tfjs's own still serve dilations and rare activations. */
export function replaceConvolutions(): void {
  precedeKernel<WasmBackend, Filtered, ConvolutionAttrs>('wasm', Conv2D, {
    takes: ({ x }, attrs) => plain(attrs, x),
    run: (backend, { x, filter }, attrs) => {
      const info = convolution(Conv2D, x.shape, filter.shape, attrs, false, [x, filter]);
      const y = output(backend, info.outShape);
      conv2d(backend, info, pointer(backend, x), pointer(backend, filter), pointer(backend, y), 0, 0);
      return y;
    },
  });
  precedeKernel<WasmBackend, Filtered, FusedConv2DAttrs>('wasm', FusedConv2D, {
    takes: (inputs, attrs) => plain(attrs, inputs.x) && usual(inputs, attrs),
    run: (backend, { x, filter, bias }, { activation, ...attrs }) => {
      const info = convolution(FusedConv2D, x.shape, filter.shape, attrs, false, [x, filter]);
      const y = output(backend, info.outShape);
      const [from, weights, to] = [pointer(backend, x), pointer(backend, filter), pointer(backend, y)];
      const biasOffset = bias ? pointer(backend, bias) : 0;
      conv2d(backend, info, from, weights, to, biasOffset, ACTIVATIONS.indexOf(activation));
      return y;
    },
  });
  precedeKernel<WasmBackend, Filtered, ConvolutionAttrs>('wasm', DepthwiseConv2dNative, {
    takes: ({ x, filter }, attrs) => filter.shape[3] === 1 && plain(attrs, x),
    run: (backend, { x, filter }, attrs) => {
      const info = convolution(DepthwiseConv2dNative, x.shape, filter.shape, attrs, true, [x, filter]);
      const y = output(backend, info.outShape);
      const offsets = { x: pointer(backend, x), filter: pointer(backend, filter), y: pointer(backend, y) };
      call(backend, 'depthwise', { batch: info.batchSize, ...geometry(info), ...offsets });
      return y;
    },
  });
}
