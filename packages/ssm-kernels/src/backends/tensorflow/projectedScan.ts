import { add, concat, exp, matMul, mul, neg, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { runKernel, runKernels } from '../../kernels/run.js';
import { isOrdered } from '../../kernels/ordered.js';
import { SCAN_GRADIENT_ORDER } from '../../kernels/signatures.js';
import { native, type Inputs } from './native.js';

type Tensors = Inputs<'projectedScan'>;

/** Letters as in composed/projectedScan.ts: p pixels, k directions, d channels, n states, r rank of the step sizes. */
function sizesOf({ u, dtProj, aLogs }: Tensors): {
  map: number[];
  p: number;
  k: number;
  d: number;
  n: number;
  r: number;
} {
  const map = u.shape.slice(0, 3);
  const [k, d, r] = dtProj.shape as [number, number, number];
  return { map, p: u.size / d, k, d, n: aLogs.shape.at(-1)!, r };
}

/** A = −exp(aLogs), (k, d, n). */
function stateMatrix({ aLogs }: Tensors, [k, d, n]: [number, number, number]): Tensor {
  return reshape(neg(exp(aLogs)), [k, d, n]);
}

/** The scan with its projections. Unlike other backends' kernels, TensorFlow's read a tensor's shape from its data: hence reshape. */
export const projectedScan = native<'projectedScan'>((t, attrs) => {
  const { map, p, k, d, n, r } = sizesOf(t);
  const rows = reshape(t.u, [p, d]);
  const project = (first: number, size: number): Tensor =>
    matMul(rows, reshape(slice(t.xProj, [0, first, 0], [k, size, d]), [k * size, d]), false, true);
  const low = reshape(project(0, r), [p, k, r]);
  const B = reshape(project(r, n), [...map, k, n]);
  const C = reshape(project(r + n, n), [...map, k, n]);
  const delta = reshape(runKernel('groupedMatMulGradX', { dy: low, w: t.dtProj }), [...map, k, d]);
  const A = stateMatrix(t, [k, d, n]);
  const inputs = { u: t.u, delta, A, B, C, D: reshape(t.D, [k, d]), deltaBias: t.dtBias };
  const y = isOrdered(attrs)
    ? runKernel('orderedScan', inputs, attrs)
    : runKernel('pyramidScan', inputs, attrs);
  return [y, low, delta, B, C];
});

export const projectedScanGrad = native<'projectedScanGrad'>((t, attrs) => {
  const { p, k, d, n, r } = sizesOf(t);
  const { u, delta, B, C, dy } = t;
  const A = stateMatrix(t, [k, d, n]);
  const inputs = { u, delta, A, B, C, D: reshape(t.D, [k, d]), deltaBias: t.dtBias, dy };
  const grads = isOrdered(attrs)
    ? runKernels('orderedScanGrad', inputs, attrs)
    : runKernels('pyramidScanGrad', inputs, attrs);
  const of = (name: (typeof SCAN_GRADIENT_ORDER)[number]): Tensor =>
    grads[SCAN_GRADIENT_ORDER.indexOf(name)]!;
  const dDelta = reshape(of('delta'), [p, k, d]);
  const dLow = runKernel('groupedMatMul', { x: dDelta, w: t.dtProj }); // (p, k, r)
  const dDtProj = runKernel('groupedMatMulGradW', { x: dDelta, dy: t.low }); // (k, d, r)
  const width = k * (r + 2 * n);
  const parts = [dLow, reshape(of('B'), [p, k, n]), reshape(of('C'), [p, k, n])];
  const dProjected = reshape(concat(parts, 2), [p, width]);
  const dXProj = matMul(dProjected, reshape(u, [p, d]), true);
  const throughProjections = matMul(dProjected, reshape(t.xProj, [width, d]));
  return [
    add(of('u'), reshape(throughProjections, u.shape)),
    reshape(dXProj, t.xProj.shape),
    dDtProj,
    of('deltaBias'),
    // dA/daLogs = A
    reshape(mul(of('A'), A), t.aLogs.shape),
    reshape(of('D'), t.D.shape),
  ];
});
