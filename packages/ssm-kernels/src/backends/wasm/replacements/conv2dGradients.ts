import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  type backend_util,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, unrolled, type ConvolutionAttrs } from './convolution.js';
import { withGemm } from '../module/gemm.js';
import { call, output, pointer, withScratch, type Backend } from '../module/module.js';
import { replaceKernel } from './replaceKernel.js';

const BYTES = 4;

/** dFilter = patchesᵀ·dy */
function filterGradient(
  backend: Backend,
  info: backend_util.Conv2DInfo,
  x: number,
  dy: number,
  dFilter: number,
): void {
  const { pixels, patch, channels, trivial, strip } = unrolled(info);
  withScratch(backend, trivial ? 0 : strip * patch, (columns) =>
    withGemm(backend, { m: patch, n: channels, k: strip }, (multiply) => {
      for (let first = 0; first < pixels; first += strip) {
        const k = Math.min(strip, pixels - first);
        if (!trivial) call(backend, 'im2col', x, columns, first, k, ...geometry(info));
        multiply({
          m: patch,
          n: channels,
          k,
          a: { offset: trivial ? x : columns, row: 1, column: patch },
          b: { offset: dy + BYTES * first * channels, row: channels, column: 1 },
          c: { offset: dFilter, row: channels },
          accumulate: first > 0,
        });
      }
    }),
  );
}

/** dPatches = dy·filterᵀ, each added to its source pixels */
function inputGradient(
  backend: Backend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const { pixels, patch, channels, trivial, strip } = unrolled(info);
  if (!trivial) call(backend, 'zero', dx, info.batchSize * info.inHeight * info.inWidth * info.inChannels);
  withScratch(backend, trivial ? 0 : strip * patch, (columns) =>
    withGemm(backend, { m: strip, n: patch, k: channels }, (multiply) => {
      for (let first = 0; first < pixels; first += strip) {
        const m = Math.min(strip, pixels - first);
        multiply({
          m,
          n: patch,
          k: channels,
          a: { offset: dy + BYTES * first * channels, row: channels, column: 1 },
          b: { offset: filter, row: 1, column: channels },
          c: { offset: trivial ? dx : columns, row: patch },
        });
        if (!trivial) call(backend, 'col2im', columns, dx, first, m, ...geometry(info));
      }
    }),
  );
}

/** Registers both gradients of conv2d; tfjs-backend-wasm has none for the filter, and a slow one for the input. */
export function registerConv2dGradients(): void {
  replaceKernel({
    kernelName: Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const wasm = backend as Backend;
      const { filterShape, ...rest } = attrs as unknown as ConvolutionAttrs & { filterShape: number[] };
      const info = convolution(Conv2DBackpropFilter, x.shape, filterShape, rest, false, [x, dy]);
      const dFilter = output(wasm, filterShape);
      filterGradient(wasm, info, pointer(wasm, x), pointer(wasm, dy), pointer(wasm, dFilter));
      return dFilter;
    },
  });
  replaceKernel({
    kernelName: Conv2DBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const wasm = backend as Backend;
      const { inputShape, ...rest } = attrs as unknown as ConvolutionAttrs & { inputShape: number[] };
      const info = convolution(Conv2DBackpropInput, inputShape, filter.shape, rest, false, [dy, filter]);
      const dx = output(wasm, inputShape);
      inputGradient(wasm, info, pointer(wasm, dy), pointer(wasm, filter), pointer(wasm, dx));
      return dx;
    },
  });
}
