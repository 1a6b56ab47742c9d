import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, withScratch, type WasmBackend } from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

/** Floats of one picture whose rows are padded for a k×k filter; see assembly/convolution/depthwiseRows.ts. */
function paddedSize(shape: number[], k: number): number {
  const [, h, w, c] = shape as [number, number, number, number];
  return h * (w + k - 1) * c;
}

export const depthwiseConvSilu: Kernel<WasmBackend, 'depthwiseConvSilu'> = (backend, { x, filter, bias }) => {
  const [batch, height, width, c] = x.shape as [number, number, number, number];
  const k = filter.shape[0]!;
  const y = output(backend, x.shape);
  const offsets = {
    x: pointer(backend, x),
    filter: pointer(backend, filter),
    bias: pointer(backend, bias),
    y: pointer(backend, y),
  };
  withScratch(backend, SIGMOID_CONSTANTS + paddedSize(x.shape, k), (scratch) =>
    call(backend, 'depthwiseConvSilu', { scratch, batch, height, width, c, k, ...offsets }),
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
  withScratch(backend, SIGMOID_CONSTANTS + 2 * c + 2 * paddedSize(x.shape, k), (scratch) =>
    call(backend, 'depthwiseConvSiluGrad', { scratch, batch, height, width, c, k, ...offsets }),
  );
  return [dx, dFilter, dBias];
};
