import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { arriving, linearSizes } from '../../kernels/linearSizes.js';
import {
  LINEAR,
  LINEAR_GRAD_WEIGHT,
  LINEAR_GRAD_X,
  type LinearAttrs,
} from '../../kernels/trainingKernels.js';
import { columnSums } from './columnSums.js';
import { withGemm, type Matrix } from './module/gemm.js';
import { output, pointer, type Backend } from './module/module.js';

/** A matrix with rows of `columns`, from row `first` on. */
function rowsOf(
  backend: Backend,
  tensor: TensorInfo,
  columns: number,
  first = 0,
): { offset: number; row: number; column: number } {
  return { offset: pointer(backend, tensor) + 4 * first * columns, row: columns, column: 1 };
}

const transposed = ({ offset, row, column }: Matrix): Matrix => ({ offset, row: column, column: row });

/** Writes the bias into every row of y. */
function fillRows(backend: Backend, y: TensorInfo, bias: TensorInfo, rows: number): void {
  const width = bias.shape[0]!;
  const floats = new Float32Array(backend.wasm.asm.memory.buffer);
  const [from, start] = [pointer(backend, bias) / 4, pointer(backend, y) / 4];
  floats.copyWithin(start, from, from + width);
  // each copy doubles the written part
  for (let done = width, all = rows * width; done < all; done *= 2)
    floats.copyWithin(start + done, start, start + Math.min(done, all - done));
}

export function registerLinear(): void {
  registerKernel({
    kernelName: LINEAR,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight, bias } = inputs as { x: TensorInfo; weight: TensorInfo; bias?: TensorInfo };
      const wasm = backend as Backend;
      const s = linearSizes(x, weight, attrs as unknown as LinearAttrs);
      const results = Array.from({ length: s.parts }, () => output(wasm, s.shape));
      const size = { m: s.rows, n: s.outputs, k: s.inputs };
      withGemm(wasm, size, (multiply) =>
        results.forEach((y, part) => {
          if (bias) fillRows(wasm, y, bias, s.rows);
          multiply({
            ...size,
            a: rowsOf(wasm, x, s.inputs),
            b: transposed(rowsOf(wasm, weight, s.inputs, part * s.outputs)),
            c: rowsOf(wasm, y, s.outputs),
            accumulate: bias !== undefined,
          });
        }),
      );
      return results.length === 1 ? results[0]! : results;
    },
  });
  registerKernel({
    kernelName: LINEAR_GRAD_X,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight } = inputs as { x: TensorInfo; weight: TensorInfo };
      const wasm = backend as Backend;
      const s = linearSizes(x, weight, attrs as unknown as LinearAttrs);
      const dx = output(wasm, x.shape);
      const size = { m: s.rows, n: s.inputs, k: s.outputs };
      withGemm(wasm, size, (multiply) =>
        arriving(inputs, s.parts).forEach((dy, part) =>
          multiply({
            ...size,
            a: rowsOf(wasm, dy, s.outputs),
            b: rowsOf(wasm, weight, s.inputs, part * s.outputs),
            c: rowsOf(wasm, dx, s.inputs),
            accumulate: part > 0,
          }),
        ),
      );
      return dx;
    },
  });
  registerKernel({
    kernelName: LINEAR_GRAD_WEIGHT,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight } = inputs as { x: TensorInfo; weight: TensorInfo };
      const wasm = backend as Backend;
      const linear = attrs as unknown as LinearAttrs;
      const s = linearSizes(x, weight, linear);
      const dys = arriving(inputs, s.parts);
      const dWeight = output(wasm, weight.shape);
      const size = { m: s.outputs, n: s.inputs, k: s.rows };
      withGemm(wasm, size, (multiply) =>
        dys.forEach((dy, part) =>
          multiply({
            ...size,
            a: transposed(rowsOf(wasm, dy, s.outputs)),
            b: rowsOf(wasm, x, s.inputs),
            c: rowsOf(wasm, dWeight, s.inputs, part * s.outputs),
          }),
        ),
      );
      return linear.biased ? [dWeight, columnSums(wasm, dys[0]!)] : [dWeight];
    },
  });
}
