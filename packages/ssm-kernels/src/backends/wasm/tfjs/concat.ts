import {
  backend_util,
  Concat,
  Slice,
  slice_util,
  SplitV,
  util,
  type ConcatAttrs,
  type SliceAttrs,
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

/** Replaces tfjs-backend-wasm's joining, splitting and slicing, which copy row by row in JavaScript, and a whole tensor for each part. */
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
  precedeKernel<WasmBackend, Readonly<Record<'x', TensorInfo>>, SliceAttrs>('wasm', Slice, {
    takes: ({ x }, { begin, size }) => x.dtype === 'float32' && cutAxis(x, begin, size) !== undefined,
    run: (backend, { x }, { begin, size }) => {
      const axis = cutAxis(x, begin, size)!;
      const [starts, sides] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
      const y = output(backend, sides);
      const row = util.sizeFromShape(x.shape.slice(axis));
      const count = util.sizeFromShape(sides.slice(axis));
      const rows = util.sizeFromShape(x.shape.slice(0, axis));
      const source = pointer(backend, x) + 4 * starts[axis]! * util.sizeFromShape(x.shape.slice(axis + 1));
      const target = pointer(backend, y);
      call(backend, 'copyRows', { source, sourceRow: row, target, targetRow: count, rows, count });
      return y;
    },
  });
}

/** The only axis of which a slice leaves something out; undefined if there are several or none, or nothing is left. */
function cutAxis(x: TensorInfo, begin: SliceAttrs['begin'], size: SliceAttrs['size']): number | undefined {
  const [, sides] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  const cut = sides.flatMap((side, i) => (side === x.shape[i] ? [] : [i]));
  return cut.length === 1 && !sides.includes(0) ? cut[0] : undefined;
}
