import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  type backend_util,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, unrolled, type ConvolutionAttrs } from './convolution.js';
import { withGemm } from '../module/gemm.js';
import { call, output, pointer, withScratch, type WasmBackend } from '../module/module.js';
import { kernelConfig } from '../../../kernels/table.js';

const BYTES = 4;

/** dFilter = patchesᵀ·dy */
function filterGradient(
  backend: WasmBackend,
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
        if (!trivial) call(backend, 'im2col', { x, columns, first, count: k, ...geometry(info) });
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
  backend: WasmBackend,
  info: backend_util.Conv2DInfo,
  dy: number,
  filter: number,
  dx: number,
): void {
  const { pixels, patch, channels, trivial, strip } = unrolled(info);
  if (!trivial)
    call(backend, 'zero', {
      target: dx,
      count: info.batchSize * info.inHeight * info.inWidth * info.inChannels,
    });
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
        if (!trivial) call(backend, 'col2im', { columns, x: dx, first, count: m, ...geometry(info) });
      }
    }),
  );
}

/** The gradient of conv2d's filter, which tfjs-backend-wasm lacks. */
export const conv2dBackpropFilter: KernelConfig = kernelConfig<
  WasmBackend,
  Record<'x' | 'dy', TensorInfo>,
  ConvolutionAttrs & { filterShape: number[] }
>('wasm', Conv2DBackpropFilter, (backend, { x, dy }, { filterShape, ...attrs }) => {
  const info = convolution(Conv2DBackpropFilter, x.shape, filterShape, attrs, false, [x, dy]);
  const dFilter = output(backend, filterShape);
  filterGradient(backend, info, pointer(backend, x), pointer(backend, dy), pointer(backend, dFilter));
  return dFilter;
});

/** The gradient of conv2d's input, of which tfjs-backend-wasm has a slow one. */
export const conv2dBackpropInput: KernelConfig = kernelConfig<
  WasmBackend,
  Record<'dy' | 'filter', TensorInfo>,
  ConvolutionAttrs & { inputShape: number[] }
>('wasm', Conv2DBackpropInput, (backend, { dy, filter }, { inputShape, ...attrs }) => {
  const info = convolution(Conv2DBackpropInput, inputShape, filter.shape, attrs, false, [dy, filter]);
  const dx = output(backend, inputShape);
  inputGradient(backend, info, pointer(backend, dy), pointer(backend, filter), pointer(backend, dx));
  return dx;
});
