import {
  customGrad,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { named } from '../kernels/named.js';
import { runKernels } from '../kernels/run.js';
import { pyramidScanAttrs, requireGeometry, type PyramidScanOptions } from './pyramidScan.js';
import { DIRECTIONS } from '../scan/regions.js';

/** Letters: d channels, n states, r rank of the step sizes; k directions, 4 by default. The shapes are those of VMamba's state dict. */
export interface ProjectedScanParameters {
  /** Projections of a pixel to r numbers for the steps, then n for B, then n for C: (k, r + 2n, d). */
  xProj: Tensor3D;
  /** From the r numbers to the step sizes: (k, d, r). */
  dtProj: Tensor3D;
  /** Added to the step sizes before softplus: (k, d). */
  dtBias: Tensor2D;
  /** A = −exp(aLogs): (k·d, n), or (k, d, n). */
  aLogs: Tensor2D | Tensor3D;
  /** Skip connection: (k·d), or (k, d). */
  D: Tensor1D | Tensor2D;
}

/**
 * A pyramid scan whose step, input and output vectors are projections of the map itself, as in a Mamba block: pyramidScan of u
 * with delta, B and C made from u and A from its logarithm, differentiable in u and in every parameter. One kernel forward and
 * one backward; between them it stores what pyramidScan stores.
 *
 * @param u input, (b, h, w, d)
 * @param options those of pyramidScan
 * @returns y, (b, h, w, d)
 * @throws Error that names the argument when a shape does not fit, or the grids or weights are invalid
 */
export function projectedScan(
  u: Tensor4D,
  { xProj, dtProj, dtBias, aLogs, D }: ProjectedScanParameters,
  options: PyramidScanOptions = {},
): Tensor4D {
  const op = 'projectedScan';
  const k = options.directions ?? DIRECTIONS;
  const d = checkRank(op, 'u', u, 'b, h, w, d')[3]!;
  const r = checkRank(op, 'dtProj', dtProj, 'k, d, r')[2]!;
  const n = aLogs.shape.at(-1) ?? 0;
  if (n < 1) throw new Error(`${op}: aLogs must be (k·d, n) and not empty, got (${aLogs.shape.join(', ')}).`);
  checkShape(op, 'xProj', xProj, 'k, r + 2n, d', [k, r + 2 * n, d]);
  checkShape(op, 'dtProj', dtProj, 'k, d, r', [k, d, r]);
  checkShape(op, 'dtBias', dtBias, 'k, d', [k, d]);
  if (aLogs.rank === 3) checkShape(op, 'aLogs', aLogs, 'k, d, n', [k, d, n]);
  else checkShape(op, 'aLogs', aLogs, 'k·d, n', [k * d, n]);
  if (D.rank === 2) checkShape(op, 'D', D, 'k, d', [k, d]);
  else checkShape(op, 'D', D, 'k·d', [k * d]);
  const attrs = pyramidScanAttrs(op, options);
  requireGeometry(op, attrs);
  const scan = customGrad((...inputs) => {
    const save = inputs.at(-1) as (tensors: Tensor[]) => void;
    const given = named(NAMES, (_, i) => inputs[i] as Tensor);
    const [y, ...between] = runKernels('projectedScan', given, attrs);
    save([...Object.values(given), ...between]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        runKernels('projectedScanGrad', { ...named([...NAMES, ...BETWEEN], (_, i) => saved[i]!), dy }, attrs),
    };
  });
  return scan(u, xProj, dtProj, dtBias, aLogs, D) as Tensor4D;
}

/** Inputs of the kernel, in the order in which the gradient kernel returns their gradients. */
const NAMES = ['u', 'xProj', 'dtProj', 'dtBias', 'aLogs', 'D'] as const;
/** The kernel's outputs after y, for the gradient kernel. */
const BETWEEN = ['low', 'delta', 'B', 'C'] as const;
