import {
  getBackend,
  getKernel,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Tensor5D,
} from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { gridWeights } from '../scan/gridWeights.js';
import { named } from '../kernels/named.js';
import { isOrdered } from '../kernels/ordered.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';
import { SCAN_GRADIENT_ORDER, type OrderedScanAttrs, type PyramidScanAttrs } from '../kernels/signatures.js';
import { SCAN_DIRECTIONS, SCAN_ORDERS, type ScanDirections, type ScanOrder } from '../scan/orders.js';
import { registered } from '../kernels/table.js';
import { DIRECTIONS } from '../scan/regions.js';

export interface PyramidScanOptions {
  /** The pyramid: for each g the map is cut into g×g sub-regions, each scanned on its own. Default [1, 2]. */
  grids?: readonly number[];
  /** Weight of each grid in the mean, with sum 1. Default: all equal. */
  weights?: readonly number[];
  /** Step sizes are softplus(delta + deltaBias) rather than delta + deltaBias. Default true. */
  deltaSoftplus?: boolean;
  /** The curve that each direction follows. Default `sweep`. */
  scanOrder?: ScanOrder;
  /** Number of directions, k: 2, 4 or 8. Default 4. */
  directions?: ScanDirections;
}

/**
 * Selective scan of a feature map in k directions at several pyramid levels (paper III-C, PSS), differentiable in every
 * input: y = Σ over directions of the weighted mean over grids of the scans of each sub-region from a zero state.
 * The step, input and output vectors depend on pixel and direction, not on the grid, so a pyramid costs one scan.
 * A sub-region's pixels are visited in the order in which the direction's curve over the whole map meets them.
 *
 * @param u input, (b, h, w, d)
 * @param delta step sizes before bias and softplus, (b, h, w, k, d); four directions: along the curve over the map, over its transpose, and their
 *   reverses (as `sweep`: row-major, column-major, and back); eight: also over the map rotated by 90°, see `directionOrders`
 * @param A diagonal state matrix, (k, d, n); negative for a stable recurrence
 * @param B input vectors, (b, h, w, k, n)
 * @param C output vectors, (b, h, w, k, n)
 * @param D skip connection, (k, d)
 * @param deltaBias added to delta before softplus, (k, d)
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
  const n = checkRank(op, 'A', A, 'k, d, n')[2]!;
  const attrs = pyramidScanAttrs(op, options);
  const k = options.directions ?? DIRECTIONS;
  checkShape(op, 'delta', delta, 'b, h, w, k, d', [b, h, w, k, d]);
  checkShape(op, 'A', A, 'k, d, n', [k, d, n]);
  checkShape(op, 'B', B, 'b, h, w, k, n', [b, h, w, k, n]);
  checkShape(op, 'C', C, 'b, h, w, k, n', [b, h, w, k, n]);
  checkShape(op, 'D', D, 'k, d', [k, d]);
  checkShape(op, 'deltaBias', deltaBias, 'k, d', [k, d]);
  requireGeometry(op, attrs);
  const inputs = { u, delta, A, B, C, D, deltaBias };
  return (
    isOrdered(attrs) ? runKernel('orderedScan', inputs, attrs) : runKernel('pyramidScan', inputs, attrs)
  ) as Tensor4D;
}

/** The kernel's attributes. Throws unless grids, weights and geometry are valid. */
export function pyramidScanAttrs(
  op: string,
  { grids = [1, 2], weights, deltaSoftplus = true, scanOrder = 'sweep', directions = 4 }: PyramidScanOptions,
): PyramidScanAttrs | OrderedScanAttrs {
  if (!SCAN_ORDERS.includes(scanOrder))
    throw new Error(`${op}: scanOrder must be ${SCAN_ORDERS.join(', ')}, got ${String(scanOrder)}.`);
  if (!SCAN_DIRECTIONS.includes(directions))
    throw new Error(`${op}: directions must be ${SCAN_DIRECTIONS.join(', ')}, got ${String(directions)}.`);
  const attrs = { deltaSoftplus, grids: [...grids], weights: gridWeights(op, grids, weights) };
  if (scanOrder === 'sweep' && directions === DIRECTIONS) return attrs;
  return { ...attrs, scanOrder, directions };
}

/** Throws where the current backend has no kernel for the geometry. */
export function requireGeometry(op: string, attrs: PyramidScanAttrs | OrderedScanAttrs): void {
  if (!isOrdered(attrs) || getKernel(registered('orderedScan'), getBackend())) return;
  throw new Error(
    `${op}: the backend ${getBackend()} has no scan along ${attrs.scanOrder} in ${attrs.directions} directions; use another backend, or ` +
      `scanOrder "sweep" in ${DIRECTIONS} directions.`,
  );
}

registerKernelGradient('pyramidScan', SCAN_GRADIENT_ORDER, ({ dy, saved, attrs }) => {
  const inputs = named(SCAN_GRADIENT_ORDER, (_, i) => saved[i]!);
  const grads = runKernels('pyramidScanGrad', { ...inputs, dy }, attrs);
  return named(SCAN_GRADIENT_ORDER, (_, i) => () => grads[i]!);
});

registerKernelGradient('orderedScan', SCAN_GRADIENT_ORDER, ({ dy, saved, attrs }) => {
  const inputs = named(SCAN_GRADIENT_ORDER, (_, i) => saved[i]!);
  const grads = runKernels('orderedScanGrad', { ...inputs, dy }, attrs);
  return named(SCAN_GRADIENT_ORDER, (_, i) => () => grads[i]!);
});
