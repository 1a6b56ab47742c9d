// Kernels of tfjs that rearrange or create values.
import {
  Concat, ExpandDims, Fill, GatherV2, Identity, OnesLike, Pack, PadV2, Range, Reshape, Reverse, Slice, SplitV, StridedSlice, Tile, Transpose, Unpack,
  ZerosLike, backend_util, slice_util, util,
  type DataType, type TensorInfo,
} from '@tensorflow/tfjs-core'; // prettier-ignore
import { joined, stridesOf } from './axes.js';
import type { CudaBackend } from '../backend/backend.js';
import { kernel } from '../backend/kernel.js';

type X = { x: TensorInfo };

/** Start offset of a traversal, and the stride of each axis. */
interface Place {
  readonly first: number;
  readonly strides: readonly number[];
}

/** Copies values over axes of `sizes` from one layout to another. */
function copy(
  backend: CudaBackend,
  op: string,
  sizes: readonly number[],
  x: TensorInfo,
  from: Place,
  y: TensorInfo,
  to: Place,
): void {
  if (util.sizeFromShape([...sizes]) === 0) return;
  copyAt(backend, op, sizes, backend.address(x), from, backend.address(y), to);
}

/** The same for addresses. A stride of 0 repeats. */
export function copyAt(
  backend: CudaBackend,
  op: string,
  sizes: readonly number[],
  x: bigint,
  from: Place,
  y: bigint,
  to: Place,
): void {
  const count = util.sizeFromShape([...sizes]);
  const walk = joined(op, sizes, [from.strides, to.strides]);
  backend.each('copy_all', 'CopyParams', count, {
    x,
    y,
    count,
    rank: walk.sizes.length,
    xFirst: from.first,
    yFirst: to.first,
    sizes: walk.sizes,
    xStrides: walk.strides[0],
    yStrides: walk.strides[1],
  });
}

/** A whole dense array. */
function dense(shape: readonly number[]): Place {
  return { first: 0, strides: stridesOf(shape) };
}

/** From `begin` on, with strides `steps`. */
function part(shape: readonly number[], begin: readonly number[], steps?: readonly number[]): Place {
  let stride = 1;
  let first = 0;
  const strides = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    first += begin[axis]! * stride;
    strides[axis] = stride * (steps?.[axis] ?? 1);
    stride *= shape[axis]!;
  }
  return { first, strides };
}

export function transpose(backend: CudaBackend, x: TensorInfo, perm: readonly number[]): TensorInfo {
  const shape = perm.map((axis) => x.shape[axis]!);
  const y = backend.output(shape, x.dtype);
  const strides = stridesOf(x.shape);
  copy(
    backend,
    Transpose,
    shape,
    x,
    { first: 0, strides: perm.map((axis) => strides[axis]!) },
    y,
    dense(shape),
  );
  return y;
}

function slice(
  backend: CudaBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo {
  const y = backend.output(size, x.dtype);
  copy(backend, Slice, size, x, part(x.shape, begin), y, dense(size));
  return y;
}

export function fill(
  backend: CudaBackend,
  shape: readonly number[],
  value: number,
  dtype: DataType,
): TensorInfo {
  const y = backend.output(shape, dtype);
  const count = util.sizeFromShape([...shape]);
  const bits = dtype === 'float32' ? new Int32Array(Float32Array.of(value).buffer)[0]! : Math.trunc(value);
  backend.each('fill_all', 'FillParams', count, { y: backend.address(y), count, bits });
  return y;
}

function concat(backend: CudaBackend, tensors: readonly TensorInfo[], axis: number): TensorInfo {
  const shapes = tensors.map(({ shape }) => shape);
  const shape = backend_util.computeOutShape(shapes, axis);
  const y = backend.output(shape, tensors[0]!.dtype);
  let at = 0;
  for (const x of tensors) {
    const begin = shape.map((_, i) => (i === axis ? at : 0));
    copy(backend, Concat, x.shape, x, dense(x.shape), y, part(shape, begin));
    at += x.shape[axis]!;
  }
  return y;
}

/** Along `axis` the rows of x that `indices` name; an index out of range gives zeros. */
function gather(
  backend: CudaBackend,
  x: TensorInfo,
  indices: TensorInfo,
  axis: number,
  batchDims: number,
): TensorInfo {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    backend_util.segment_util.collectGatherOpShapeInfo(
      x,
      indices,
      util.parseAxisParam(axis, x.shape)[0]!,
      batchDims,
    );
  const y = backend.output(outputShape, x.dtype);
  const count = util.sizeFromShape(outputShape);
  if (count === 0) return y;
  backend.each('gather_all', 'GatherParams', count, {
    x: backend.address(x),
    indices: backend.address(indices),
    y: backend.address(y),
    count,
    outerOfBatch: outerSize,
    size: dimSize,
    taken: util.sizeFromShape(indices.shape) / batchSize,
    each: sliceSize,
  });
  return y;
}

/** The shape without an axis. */
function without(shape: readonly number[], axis: number): number[] {
  return shape.filter((_, i) => i !== axis);
}

export function registerLayout(): void {
  kernel<X>(Identity, (backend, { x }) => backend.renamed(x, x.shape));
  kernel<X, { shape: number[] }>(Reshape, (backend, { x }, { shape }) =>
    backend.renamed(x, util.inferFromImplicitShape(shape, util.sizeFromShape(x.shape))),
  );
  kernel<{ input: TensorInfo }, { dim: number }>(ExpandDims, (backend, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
    return backend.renamed(input, shape);
  });
  kernel<object, { shape: number[]; value: number; dtype?: DataType }>(Fill, (backend, _, attrs) =>
    fill(backend, attrs.shape, attrs.value, attrs.dtype ?? 'float32'),
  );
  kernel<X>(ZerosLike, (backend, { x }) => fill(backend, x.shape, 0, x.dtype));
  kernel<X>(OnesLike, (backend, { x }) => fill(backend, x.shape, 1, x.dtype));
  kernel<object, { start: number; stop: number; step: number; dtype: 'float32' | 'int32' }>(
    Range,
    (backend, _, { start, stop, step, dtype }) => {
      const count = Math.max(0, Math.ceil((stop - start) / step));
      const values = util.getTypedArrayFromDType(dtype, count).map((_, i) => start + i * step);
      return { dataId: backend.write(values, [count], dtype), shape: [count], dtype };
    },
  );
  kernel<X, { perm: number[] }>(Transpose, (backend, { x }, { perm }) => transpose(backend, x, perm));
  kernel<{ x: TensorInfo; indices: TensorInfo }, { axis: number; batchDims: number }>(
    GatherV2,
    (backend, { x, indices }, { axis, batchDims }) => gather(backend, x, indices, axis, batchDims),
  );
  kernel<X, { begin: number[]; size: number[] }>(Slice, (backend, { x }, attrs) => {
    const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x, begin!, size!);
    return slice(backend, x, begin!, size!);
  });
  kernel<X, StridedSliceAttrs>(StridedSlice, (backend, { x }, attrs) => {
    const info = slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    if (info.isIdentity) return backend.renamed(x, info.finalShape);
    const y = backend.output(info.finalShape, x.dtype);
    const sizes = info.finalShapeSparse;
    copy(backend, StridedSlice, sizes, x, part(x.shape, info.begin, info.strides), y, dense(sizes));
    return y;
  });
  kernel<X, { dims: number[] }>(Reverse, (backend, { x }, { dims }) => {
    const y = backend.output(x.shape, x.dtype);
    const axes = util.parseAxisParam(dims, x.shape);
    const begin = x.shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
    const steps = x.shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
    copy(backend, Reverse, x.shape, x, part(x.shape, begin, steps), y, dense(x.shape));
    return y;
  });
  kernel<TensorInfo[], { axis: number }>(Concat, (backend, inputs, attrs) => {
    const tensors = Object.values(inputs);
    const axis = util.parseAxisParam(attrs.axis, tensors[0]!.shape)[0]!;
    const full = tensors.filter(({ shape }) => util.sizeFromShape(shape) > 0);
    if (full.length === 1) return backend.renamed(full[0]!, full[0]!.shape);
    return concat(backend, full.length === 0 ? tensors : full, axis);
  });
  kernel<TensorInfo[], { axis: number }>(Pack, (backend, inputs, { axis }) => {
    const tensors = Object.values(inputs).map((x) => {
      const shape = [...x.shape];
      shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
      return { ...x, shape };
    });
    return concat(backend, tensors, axis < 0 ? axis + tensors[0]!.shape.length : axis);
  });
  kernel<{ value: TensorInfo }, { axis: number }>(Unpack, (backend, { value }, attrs) => {
    const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
    const size = value.shape.map((full, i) => (i === axis ? 1 : full));
    return Array.from({ length: value.shape[axis]! }, (_, at) => ({
      ...slice(
        backend,
        value,
        value.shape.map((_, i) => (i === axis ? at : 0)),
        size,
      ),
      shape: without(value.shape, axis),
    }));
  });
  kernel<X, { numOrSizeSplits: number[] | number; axis: number }>(SplitV, (backend, { x }, attrs) => {
    const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
    let at = 0;
    return backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis).map((own) => {
      const begin = x.shape.map((_, i) => (i === axis ? at : 0));
      at += own;
      return slice(
        backend,
        x,
        begin,
        x.shape.map((full, i) => (i === axis ? own : full)),
      );
    });
  });
  kernel<X, { paddings: [number, number][]; constantValue: number }>(PadV2, (backend, { x }, attrs) => {
    const { paddings, constantValue } = attrs;
    const shape = paddings.map(([before, after], axis) => before + x.shape[axis]! + after);
    const y = fill(backend, shape, constantValue, x.dtype);
    copy(
      backend,
      PadV2,
      x.shape,
      x,
      dense(x.shape),
      y,
      part(
        shape,
        paddings.map(([before]) => before),
      ),
    );
    return y;
  });
  kernel<X, { reps: number[] }>(Tile, (backend, { x }, { reps }) => {
    const shape = x.shape.map((size, axis) => size * reps[axis]!);
    const y = backend.output(shape, x.dtype);
    // each axis twice: along the repetitions x has stride 0
    const sizes = x.shape.flatMap((size, axis) => [reps[axis]!, size]);
    const strides = stridesOf(x.shape).flatMap((stride) => [0, stride]);
    copy(backend, Tile, sizes, x, { first: 0, strides }, y, dense(sizes));
    return y;
  });
}

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}
