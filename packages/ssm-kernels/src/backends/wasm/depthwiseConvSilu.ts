import type { Kernel } from '../../kernels/table.js';
import {
  call,
  callAll,
  output,
  pointer,
  shares,
  withScratch,
  type WasmBackend,
  type WasmCall,
} from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

/** Products that are worth a thread: some 50 µs. */
const WORTH = 500_000;

/** Floats of a picture (h, w, c) whose rows are padded for a k×k filter; see assembly/convolution/depthwiseRows.ts. */
function paddedSize(h: number, w: number, c: number, k: number): number {
  return h * (w + k - 1) * c;
}

/** Threads share the rows of each picture; a share reads k / 2 rows more at both ends. */
export const depthwiseConvSilu: Kernel<WasmBackend, 'depthwiseConvSilu'> = (backend, { x, filter, bias }) => {
  const [batch, height, width, c] = x.shape as [number, number, number, number];
  const k = filter.shape[0]!;
  const pad = (k - 1) / 2;
  const y = output(backend, x.shape);
  const [xs, ys] = [pointer(backend, x), pointer(backend, y)];
  const weights = { filter: pointer(backend, filter), bias: pointer(backend, bias) };
  const ranges = shares(backend, height, 1, Math.ceil(WORTH / (width * c * k * k)));
  const each = SIGMOID_CONSTANTS + paddedSize(height, width, c, k);
  withScratch(backend, each * ranges.length, (scratch) =>
    callAll(
      backend,
      ranges.map(({ from, to }, i) =>
        Array.from({ length: batch }, (_, b): WasmCall => {
          const top = Math.max(0, from - pad);
          const rowOf = (row: number): number => 4 * (b * height + row) * width * c;
          return [
            'depthwiseConvSilu',
            {
              x: xs + rowOf(top),
              y: ys + rowOf(from),
              scratch: scratch + 4 * each * i,
              batch: 1,
              height: Math.min(height, to + pad) - top,
              width,
              c,
              k,
              first: from - top,
              rows: to - from,
              ...weights,
            },
          ];
        }),
      ),
    ),
  );
  return y;
};

export const depthwiseConvSiluGrad: Kernel<WasmBackend, 'depthwiseConvSiluGrad'> = (
  backend,
  { x, filter, bias, dy },
) => {
  const [batch, height, width, c] = x.shape as [number, number, number, number];
  const k = filter.shape[0]!;
  const [dx, dFilter, dBias] = [
    output(backend, x.shape),
    output(backend, filter.shape),
    output(backend, bias.shape),
  ];
  const offsets = {
    x: pointer(backend, x),
    filter: pointer(backend, filter),
    bias: pointer(backend, bias),
    dy: pointer(backend, dy),
    dx: pointer(backend, dx),
    dFilter: pointer(backend, dFilter),
    dBias: pointer(backend, dBias),
  };
  withScratch(backend, SIGMOID_CONSTANTS + 2 * c + 2 * paddedSize(height, width, c, k), (scratch) =>
    call(backend, 'depthwiseConvSiluGrad', { scratch, batch, height, width, c, k, ...offsets }),
  );
  return [dx, dFilter, dBias];
};
