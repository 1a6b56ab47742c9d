import type { Kernel } from '../../kernels/table.js';
import { util } from '@tensorflow/tfjs-core';
import { call, output, pointer, type WasmBackend } from './module/module.js';

export const scaledSum: Kernel<WasmBackend, 'scaledSum'> = (backend, { x, z, scale }, { alpha, beta }) => {
  const y = output(backend, x.shape);
  // each entry of the first axis has one scale
  const scales = scale ? backend.typedArrayFromHeap(scale) : [1];
  const each = util.sizeFromShape(x.shape) / scales.length;
  const [xs, zs, ys] = [x, z, y].map((tensor) => pointer(backend, tensor)) as [number, number, number];
  for (let run = 0; run < scales.length; run++) {
    const bytes = 4 * run * each;
    call(backend, 'scaledSum', {
      x: xs + bytes,
      z: zs + bytes,
      y: ys + bytes,
      count: each,
      alpha,
      beta: beta * scales[run]!,
    });
  }
  return y;
};
