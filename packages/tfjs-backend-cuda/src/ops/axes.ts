import { CudaError } from '../driver/errors.js';

/** Maximum axes of a kernel's traversal (MOST_AXES of opParams.cuh). */
const MOST_AXES = 8;

/** Sizes of axes, and each array's strides along them. */
export interface Axes {
  readonly sizes: number[];
  readonly strides: number[][];
}

/** Strides of a dense array; 0 along axes of one element, which can be broadcast. */
export function stridesOf(shape: readonly number[]): number[] {
  let stride = 1;
  return shape
    .toReversed()
    .map((size) => {
      const own = size === 1 ? 0 : stride;
      stride *= size;
      return own;
    })
    .reverse();
}

/** The strides of an array broadcast to `rank` axes. */
export function broadcastStrides(shape: readonly number[], rank: number): number[] {
  return [...Array.from({ length: rank - shape.length }, () => 0), ...stridesOf(shape)];
}

/**
 * The same traversal in as few axes as possible: axes of length 1 are dropped, contiguous neighbours are merged.
 *
 * @throws CudaError when more axes remain than a kernel supports
 */
export function joined(op: string, sizes: readonly number[], strides: readonly (readonly number[])[]): Axes {
  const out: Axes = { sizes: [], strides: strides.map(() => []) };
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const own = strides.map((list) => list[axis]!);
    const last = out.sizes.length - 1;
    if (last >= 0 && own.every((stride, i) => out.strides[i]![last] === stride * size)) {
      out.sizes[last]! *= size;
      own.forEach((stride, i) => (out.strides[i]![last] = stride));
    } else {
      out.sizes.push(size);
      own.forEach((stride, i) => out.strides[i]!.push(stride));
    }
  });
  if (out.sizes.length > MOST_AXES)
    throw new CudaError(
      'usage',
      `cuda: ${op} supports at most ${MOST_AXES} axes, got (${sizes.join(', ')}).`,
    );
  if (out.sizes.length === 0) {
    out.sizes.push(1);
    for (const list of out.strides) list.push(0);
  }
  return out;
}
