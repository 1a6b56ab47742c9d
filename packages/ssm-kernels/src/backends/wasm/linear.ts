import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { arriving, linearSizes } from '../../kernels/linearSizes.js';
import { sumColumns } from './columnSums.js';
import { withGemm, type Matrix } from './module/gemm.js';
import { output, pointer, type WasmBackend } from './module/module.js';

/** A matrix with rows of `columns`, from row `first` on. */
function rowsOf(
  backend: WasmBackend,
  tensor: TensorInfo,
  columns: number,
  first = 0,
): { offset: number; row: number; column: number } {
  return { offset: pointer(backend, tensor) + 4 * first * columns, row: columns, column: 1 };
}

const transposed = ({ offset, row, column }: Matrix): Matrix => ({ offset, row: column, column: row });

/** Writes the bias into every row of y. */
function fillRows(backend: WasmBackend, y: TensorInfo, bias: TensorInfo, rows: number): void {
  const width = bias.shape[0]!;
  const floats = new Float32Array(backend.wasm.asm.memory.buffer);
  const [from, start] = [pointer(backend, bias) / 4, pointer(backend, y) / 4];
  floats.copyWithin(start, from, from + width);
  // each copy doubles the written part
  for (let done = width, all = rows * width; done < all; done *= 2)
    floats.copyWithin(start + done, start, start + Math.min(done, all - done));
}

export const linear: Kernel<WasmBackend, 'linear'> = (backend, inputs, attrs) => {
  const { x, weight, bias } = inputs;
  const s = linearSizes(x, weight, attrs);
  const results = Array.from({ length: s.parts }, () => output(backend, s.shape));
  const size = { m: s.rows, n: s.outputs, k: s.inputs };
  withGemm(backend, size, (multiply) =>
    results.forEach((y, part) => {
      if (bias) fillRows(backend, y, bias, s.rows);
      multiply({
        ...size,
        a: rowsOf(backend, x, s.inputs),
        b: transposed(rowsOf(backend, weight, s.inputs, part * s.outputs)),
        c: rowsOf(backend, y, s.outputs),
        accumulate: bias !== undefined,
      });
    }),
  );
  return results.length === 1 ? results[0]! : results;
};

export const linearGradX: Kernel<WasmBackend, 'linearGradX'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const s = linearSizes(x, weight, attrs);
  const dx = output(backend, x.shape);
  const size = { m: s.rows, n: s.inputs, k: s.outputs };
  withGemm(backend, size, (multiply) =>
    arriving(inputs, s.parts).forEach((dy, part) =>
      multiply({
        ...size,
        a: rowsOf(backend, dy, s.outputs),
        b: rowsOf(backend, weight, s.inputs, part * s.outputs),
        c: rowsOf(backend, dx, s.inputs),
        accumulate: part > 0,
      }),
    ),
  );
  return dx;
};

export const linearGradWeight: Kernel<WasmBackend, 'linearGradWeight'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const linear = attrs;
  const s = linearSizes(x, weight, linear);
  const dys = arriving(inputs, s.parts);
  const dWeight = output(backend, weight.shape);
  const size = { m: s.outputs, n: s.inputs, k: s.rows };
  withGemm(backend, size, (multiply) =>
    dys.forEach((dy, part) =>
      multiply({
        ...size,
        a: transposed(rowsOf(backend, dy, s.outputs)),
        b: rowsOf(backend, x, s.inputs),
        c: rowsOf(backend, dWeight, s.inputs, part * s.outputs),
      }),
    ),
  );
  return linear.biased ? [dWeight, sumColumns(backend, dys[0]!)] : [dWeight];
};
