import {
  backend_util,
  Concat,
  SplitV,
  util,
  type ConcatAttrs,
  type SplitVAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { precedeKernel } from '../../../kernels/replaceKernel.js';
import { call, output, pointer, type WasmBackend } from '../module/module.js';

/** Where a part of a joined tensor begins: its first float, and the floats of one row of both. */
interface Part {
  readonly first: number;
  readonly inner: number;
}

/** Tensors of these shapes as the parts of one that is joined along `axis`: rows of the axes before it, each with every part's floats. */
function partsOf(shapes: readonly number[][], axis: number): { rows: number; parts: Part[]; row: number } {
  const rows = util.sizeFromShape(shapes[0]!.slice(0, axis));
  let row = 0;
  const parts = shapes.map((shape) => {
    const part = { first: row, inner: util.sizeFromShape(shape.slice(axis)) };
    row += part.inner;
    return part;
  });
  return { rows, parts, row };
}

/** Replaces the joining and splitting of tfjs-backend-wasm, which copy row by row in JavaScript, and a whole tensor for each part. */
export function replaceConcat(): void {
  precedeKernel<WasmBackend, readonly TensorInfo[], ConcatAttrs>('wasm', Concat, {
    takes: (inputs) =>
      inputs.length > 1 && inputs.every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0)),
    run: (backend, inputs, attrs) => {
      const axis = util.parseAxisParam(attrs.axis, inputs[0]!.shape)[0]!;
      const shapes = inputs.map(({ shape }) => shape);
      backend_util.assertParamsConsistent(shapes, axis);
      const y = output(backend, backend_util.computeOutShape(shapes, axis));
      const { rows, parts, row } = partsOf(shapes, axis);
      inputs.forEach((x, i) => {
        const { first, inner } = parts[i]!;
        const target = pointer(backend, y) + 4 * first;
        const source = pointer(backend, x);
        call(backend, 'copyRows', { source, sourceRow: inner, target, targetRow: row, rows, count: inner });
      });
      return y;
    },
  });
  precedeKernel<WasmBackend, Readonly<Record<'x', TensorInfo>>, SplitVAttrs>('wasm', SplitV, {
    takes: ({ x }) => x.dtype === 'float32' && !x.shape.includes(0),
    run: (backend, { x }, attrs) => {
      const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
      // only the shape of x is read
      const sizes = backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis);
      const shapes = sizes.map((size) => x.shape.map((side, i) => (i === axis ? size : side)));
      const { rows, parts, row } = partsOf(shapes, axis);
      return shapes.map((shape, i) => {
        const { first, inner } = parts[i]!;
        const y = output(backend, shape);
        const source = pointer(backend, x) + 4 * first;
        const target = pointer(backend, y);
        call(backend, 'copyRows', { source, sourceRow: row, target, targetRow: inner, rows, count: inner });
        return y;
      });
    },
  });
}
