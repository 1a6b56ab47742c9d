import {
  reshape,
  tidy,
  transpose,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { named } from '../kernels/named.js';
import { registerKernelGradient, runKernels } from '../kernels/run.js';
import { SCAN_GRADIENT_ORDER } from '../kernels/signatures.js';

export interface SelectiveScanOptions {
  /** Skip connection, (d). Default: none. */
  D?: Tensor1D;
  /** Added to delta before softplus, (d). Default: none. */
  deltaBias?: Tensor1D;
  /** Step sizes are softplus(delta + deltaBias) rather than delta + deltaBias. Default false, as in Mamba. */
  deltaSoftplus?: boolean;
}

/**
 * Mamba's selective scan, differentiable in every input.
 *
 * @param u input, (b, d, l)
 * @param delta step sizes before bias and softplus, (b, d, l)
 * @param A diagonal state matrix, (d, n); negative for a stable recurrence
 * @param B input vectors, (b, n, l), or (b, g, n, l) with g groups: group i serves channels [i·d/g, (i+1)·d/g)
 * @param C output vectors, of the shape of B
 * @returns y, (b, d, l)
 * @throws Error that names the argument when a shape does not fit
 * @see selective_scan_fn of state-spaces/mamba, whose letters and semantics these are
 */
export function selectiveScan(
  u: Tensor3D,
  delta: Tensor3D,
  A: Tensor2D,
  B: Tensor3D | Tensor4D,
  C: Tensor3D | Tensor4D,
  options: SelectiveScanOptions = {},
): Tensor3D {
  return selectiveScanWithState(u, delta, A, B, C, options).y;
}

/** As selectiveScan, plus the state after the last step, (b, d, n), differentiable as well. */
export function selectiveScanWithState(
  u: Tensor3D,
  delta: Tensor3D,
  A: Tensor2D,
  B: Tensor3D | Tensor4D,
  C: Tensor3D | Tensor4D,
  { D, deltaBias, deltaSoftplus = false }: SelectiveScanOptions = {},
): { y: Tensor3D; lastState: Tensor3D } {
  const op = 'selectiveScan';
  const [b, d, l] = checkRank(op, 'u', u, 'b, d, l') as [number, number, number];
  const n = checkRank(op, 'A', A, 'd, n')[1]!;
  const g = B.rank === 4 ? B.shape[1]! : 1;
  const grouped = B.rank === 4;
  checkShape(op, 'delta', delta, 'b, d, l', [b, d, l]);
  checkShape(op, 'A', A, 'd, n', [d, n]);
  for (const [name, x] of [
    ['B', B],
    ['C', C],
  ] as const)
    checkShape(op, name, x, grouped ? 'b, g, n, l' : 'b, n, l', grouped ? [b, g, n, l] : [b, n, l]);
  if (d % g !== 0)
    throw new Error(`${op}: the ${d} channels of u cannot be divided among the ${g} groups of B.`);
  if (D) checkShape(op, 'D', D, 'd', [d]);
  if (deltaBias) checkShape(op, 'deltaBias', deltaBias, 'd', [d]);
  const { y, lastState } = tidy(() => {
    const byStep = (x: Tensor): Tensor => transpose(x, [0, 2, 1]);
    const bc = (x: Tensor): Tensor => transpose(grouped ? x : reshape(x, [b, 1, n, l]), [0, 3, 1, 2]);
    const inputs = {
      u: byStep(u),
      delta: byStep(delta),
      A,
      B: bc(B),
      C: bc(C),
      D: D ?? zeros([d]),
      deltaBias: deltaBias ?? zeros([d]),
    };
    const [yByStep, last] = runKernels('selectiveScan', inputs, { deltaSoftplus });
    return { y: byStep(yByStep!) as Tensor3D, lastState: last as Tensor3D };
  });
  return { y, lastState };
}

registerKernelGradient('selectiveScan', SCAN_GRADIENT_ORDER, ({ dys, saved, attrs }) => {
  const [dy, dLast] = dys as [Tensor, Tensor];
  const inputs = named(SCAN_GRADIENT_ORDER, (_, i) => saved[i]!);
  const grads = runKernels('selectiveScanGrad', { ...inputs, dy, dLast }, attrs);
  return named(SCAN_GRADIENT_ORDER, (_, i) => () => grads[i]!);
});
