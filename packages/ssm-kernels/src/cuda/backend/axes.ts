import { CudaError } from '../errors.js';

/** Axes that a kernel walks over at most (MOST_AXES of opParams.cuh). */
const MOST_AXES = 8;

/** Sizes of axes, and of each array how far apart neighbours along them lie. */
export interface Axes {
  readonly sizes: number[];
  readonly strides: number[][];
}

/** Strides of a dense array; 0 along axes of one element, over which it can be repeated. */
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

/** The strides of an array that is broadcast to `rank` axes. */
export function broadcastStrides(shape: readonly number[], rank: number): number[] {
  return [...Array.from({ length: rank - shape.length }, () => 0), ...stridesOf(shape)];
}

/**
 * The same walk in as few axes as possible: one element long ones are left out, neighbours that lie in line are joined.
 *
 * @throws CudaError when more axes are left than a kernel takes
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
      `cuda: ${op} walks over ${MOST_AXES} axes at most, got (${sizes.join(', ')}).`,
    );
  if (out.sizes.length === 0) {
    out.sizes.push(1);
    for (const list of out.strides) list.push(0);
  }
  return out;
}
