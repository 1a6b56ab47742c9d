import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, withScratch, type WasmBackend } from './module/module.js';

/** Compensated sums over all axes but the last. */
export function sumColumns(backend: WasmBackend, x: TensorInfo): TensorInfo {
  const c = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / c;
  const sums = output(backend, [c]);
  withScratch(backend, c, (compensation) =>
    call(backend, 'columnSums', {
      x: pointer(backend, x),
      sums: pointer(backend, sums),
      compensation,
      rows,
      c,
    }),
  );
  return sums;
}

export const columnSums: Kernel<WasmBackend, 'columnSums'> = (backend, { x }) => sumColumns(backend, x);
