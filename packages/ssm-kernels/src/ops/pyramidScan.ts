import { type Tensor2D, type Tensor3D, type Tensor4D, type Tensor5D } from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { gridWeights } from '../scan/gridWeights.js';
import { named } from '../kernels/named.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';
import { SCAN_GRADIENT_ORDER, type PyramidScanAttrs } from '../kernels/signatures.js';
import { DIRECTIONS } from '../scan/regions.js';

export interface PyramidScanOptions {
  /** The pyramid: for each g the map is cut into g×g sub-regions, each scanned on its own. Default [1, 2]. */
  grids?: readonly number[];
  /** Weight of each grid in the mean, with sum 1. Default: all equal. */
  weights?: readonly number[];
  /** Step sizes are softplus(delta + deltaBias) rather than delta + deltaBias. Default true. */
  deltaSoftplus?: boolean;
}

/**
 * Four-directional selective scan of a feature map at several pyramid levels (paper III-C, PSS), differentiable in every
 * input: y = Σ over directions of the weighted mean over grids of the scans of each sub-region from a zero state.
 * The step, input and output vectors depend on pixel and direction, not on the grid, so a pyramid costs one scan.
 *
 * @param u input, (b, h, w, d)
 * @param delta step sizes before bias and softplus, (b, h, w, 4, d); directions: row-major, column-major, and their reverses
 * @param A diagonal state matrix, (4, d, n); negative for a stable recurrence
 * @param B input vectors, (b, h, w, 4, n)
 * @param C output vectors, (b, h, w, 4, n)
 * @param D skip connection, (4, d)
 * @param deltaBias added to delta before softplus, (4, d)
 * @returns y, (b, h, w, d)
 * @throws Error that names the argument when a shape does not fit, or the grids or weights are invalid
 */
export function pyramidScan(
  u: Tensor4D,
  delta: Tensor5D,
  A: Tensor3D,
  B: Tensor5D,
  C: Tensor5D,
  D: Tensor2D,
  deltaBias: Tensor2D,
  options: PyramidScanOptions = {},
): Tensor4D {
  const op = 'pyramidScan';
  const [b, h, w, d] = checkRank(op, 'u', u, 'b, h, w, d') as [number, number, number, number];
  const n = checkRank(op, 'A', A, '4, d, n')[2]!;
  checkShape(op, 'delta', delta, 'b, h, w, 4, d', [b, h, w, DIRECTIONS, d]);
  checkShape(op, 'A', A, '4, d, n', [DIRECTIONS, d, n]);
  checkShape(op, 'B', B, 'b, h, w, 4, n', [b, h, w, DIRECTIONS, n]);
  checkShape(op, 'C', C, 'b, h, w, 4, n', [b, h, w, DIRECTIONS, n]);
  checkShape(op, 'D', D, '4, d', [DIRECTIONS, d]);
  checkShape(op, 'deltaBias', deltaBias, '4, d', [DIRECTIONS, d]);
  const inputs = { u, delta, A, B, C, D, deltaBias };
  const attrs = pyramidScanAttrs(op, options);
  return runKernel('pyramidScan', inputs, attrs) as Tensor4D;
}

/** The kernel's attributes. Throws unless grids and weights are valid. */
export function pyramidScanAttrs(
  op: string,
  { grids = [1, 2], weights, deltaSoftplus = true }: PyramidScanOptions,
): PyramidScanAttrs {
  return { deltaSoftplus, grids: [...grids], weights: gridWeights(op, grids, weights) };
}

registerKernelGradient('pyramidScan', SCAN_GRADIENT_ORDER, ({ dy, saved, attrs }) => {
  const inputs = named(SCAN_GRADIENT_ORDER, (_, i) => saved[i]!);
  const grads = runKernels('pyramidScanGrad', { ...inputs, dy }, attrs);
  return named(SCAN_GRADIENT_ORDER, (_, i) => () => grads[i]!);
});
