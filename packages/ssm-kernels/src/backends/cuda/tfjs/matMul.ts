import { _FusedMatMul, BatchMatMul, backend_util, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { CudaError } from '../errors.js';
import { arriving, linearSizes } from '../../../kernels/linearSizes.js';
import {
  GROUPED_MATMUL,
  GROUPED_MATMUL_GRAD_W,
  GROUPED_MATMUL_GRAD_X,
  LINEAR,
  LINEAR_GRAD_WEIGHT,
  LINEAR_GRAD_X,
  type LinearAttrs,
} from '../../../kernels/trainingKernels.js';
import type { CudaBackend } from './backend.js';
import { sumColumns } from './columns.js';
import { ACTIVATIONS, multiply } from './gemm.js';
import { kernel } from './kernel.js';

const FLOAT_BYTES = 4;

interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
}

interface FusedAttrs {
  activation: string;
  leakyreluAlpha?: number;
}

/**
 * The number of an activation in activation.cuh.
 *
 * @throws CudaError for one that the kernels lack
 */
export function activationOf(
  op: string,
  { activation = 'linear' }: Partial<FusedAttrs>,
  prelu: unknown,
): number {
  const index = (ACTIVATIONS as readonly string[]).indexOf(activation);
  if (index < 0 || prelu)
    throw new CudaError(
      'usage',
      `cuda: ${op} supports the activations ${ACTIVATIONS.join(', ')}, got ${activation}; call it as a separate op.`,
    );
  return index;
}

/** @throws CudaError unless there is one bias per output */
export function biasOf(
  backend: CudaBackend,
  op: string,
  bias: TensorInfo | undefined,
  outputs: number,
): bigint | undefined {
  if (!bias) return undefined;
  const size = util.sizeFromShape(bias.shape);
  if (size !== outputs || bias.shape.at(-1) !== outputs)
    throw new CudaError(
      'usage',
      `cuda: ${op} expects a bias of ${outputs} values, got (${bias.shape.join(', ')}).`,
    );
  return backend.address(bias);
}

function matMul(
  backend: CudaBackend,
  op: string,
  { a, b, bias, preluActivationWeights }: MatMulInputs,
  { transposeA, transposeB, ...fused }: MatMulAttrs & Partial<FusedAttrs>,
): TensorInfo {
  for (const { dtype } of [a, b])
    if (dtype !== 'float32') throw new CudaError('usage', `cuda: ${op} expects float32, got ${dtype}.`);
  const [aRows, aCols] = a.shape.slice(-2) as [number, number];
  const [bRows, bCols] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aCols, aRows] : [aRows, aCols];
  const [n, terms] = transposeB ? [bRows, bCols] : [bCols, bRows];
  if (k !== terms)
    throw new CudaError(
      'usage',
      `cuda: ${op}: ${k} columns of (${a.shape.join(', ')}) do not match ${terms} rows of (${b.shape.join(', ')}).`,
    );
  const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aBatches, bBatches] = [util.sizeFromShape(aOuter), util.sizeFromShape(bOuter)];
  if (aBatches !== bBatches && aBatches !== 1 && bBatches !== 1)
    throw new CudaError(
      'usage',
      `cuda: ${op}: the batches (${aOuter.join(', ')}) and (${bOuter.join(', ')}) differ.`,
    );
  const outer = backend_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const activation = activationOf(op, fused, preluActivationWeights);
  const y = backend.output([...outer, m, n]);
  multiply(
    backend,
    { m, n, k, batches: Math.max(aBatches, bBatches) },
    {
      address: backend.address(a),
      batch: aBatches === 1 ? 0 : m * k,
      row: transposeA ? 1 : k,
      col: transposeA ? m : 1,
    },
    {
      address: backend.address(b),
      batch: bBatches === 1 ? 0 : n * k,
      row: transposeB ? k : 1,
      col: transposeB ? 1 : n,
    },
    { address: backend.address(y), bias: biasOf(backend, op, bias, n), activation },
  );
  return y;
}

interface MatMulInputs {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

function registerGroupedMatMul(): void {
  kernel<Record<'x' | 'w', TensorInfo>>(GROUPED_MATMUL, (backend, { x, w }) => {
    const [rows, groups, i] = x.shape as [number, number, number];
    const o = w.shape[2]!;
    const y = backend.output([rows, groups, o]);
    multiply(
      backend,
      { m: rows, n: o, k: i, batches: groups },
      { address: backend.address(x), batch: i, row: groups * i, col: 1 },
      { address: backend.address(w), batch: i * o, row: 1, col: o },
      { address: backend.address(y), batch: o, row: groups * o },
    );
    return y;
  });
  kernel<Record<'dy' | 'w', TensorInfo>>(GROUPED_MATMUL_GRAD_X, (backend, { dy, w }) => {
    const [rows, groups, o] = dy.shape as [number, number, number];
    const i = w.shape[1]!;
    const dx = backend.output([rows, groups, i]);
    multiply(
      backend,
      { m: rows, n: i, k: o, batches: groups },
      { address: backend.address(dy), batch: o, row: groups * o, col: 1 },
      { address: backend.address(w), batch: i * o, row: o, col: 1 },
      { address: backend.address(dx), batch: i, row: groups * i },
    );
    return dx;
  });
  kernel<Record<'x' | 'dy', TensorInfo>>(GROUPED_MATMUL_GRAD_W, (backend, { x, dy }) => {
    const [rows, groups, i] = x.shape as [number, number, number];
    const o = dy.shape[2]!;
    const dw = backend.output([groups, i, o]);
    multiply(
      backend,
      { m: i, n: o, k: rows, batches: groups },
      { address: backend.address(x), batch: i, row: 1, col: groups * i },
      { address: backend.address(dy), batch: o, row: 1, col: groups * o },
      { address: backend.address(dw) },
    );
    return dw;
  });
}

function registerLinear(): void {
  type Inputs = Record<'x' | 'weight', TensorInfo> & { bias?: TensorInfo };
  kernel<Inputs, LinearAttrs>(LINEAR, (backend, { x, weight, bias }, attrs) => {
    const { rows, inputs, outputs, parts, shape } = linearSizes(x, weight, attrs);
    const results = Array.from({ length: parts }, (_, part) => {
      const y = backend.output(shape);
      multiply(
        backend,
        { m: rows, n: outputs, k: inputs },
        { address: backend.address(x), row: inputs, col: 1 },
        { address: partOf(backend.address(weight), part, outputs * inputs), row: inputs, col: 1 },
        { address: backend.address(y), bias: bias && backend.address(bias) },
      );
      return y;
    });
    return results.length === 1 ? results[0]! : results;
  });
  kernel<Inputs, LinearAttrs>(LINEAR_GRAD_X, (backend, given, attrs) => {
    const { x, weight } = given;
    const { rows, inputs, outputs, parts } = linearSizes(x, weight, attrs);
    const dx = backend.output(x.shape);
    arriving(given, parts).forEach((dy, part) =>
      multiply(
        backend,
        { m: rows, n: inputs, k: outputs },
        { address: backend.address(dy), row: outputs, col: 1 },
        { address: partOf(backend.address(weight), part, outputs * inputs), row: 1, col: inputs },
        { address: backend.address(dx), add: part > 0 },
      ),
    );
    return dx;
  });
  kernel<Inputs, LinearAttrs>(LINEAR_GRAD_WEIGHT, (backend, given, attrs) => {
    const { x, weight } = given;
    const { rows, inputs, outputs, parts } = linearSizes(x, weight, attrs);
    const dWeight = backend.output(weight.shape);
    const dys = arriving(given, parts);
    dys.forEach((dy, part) =>
      multiply(
        backend,
        { m: outputs, n: inputs, k: rows },
        { address: backend.address(dy), row: 1, col: outputs },
        { address: backend.address(x), row: 1, col: inputs },
        { address: partOf(backend.address(dWeight), part, outputs * inputs) },
      ),
    );
    if (!attrs.biased) return [dWeight];
    const dBias = backend.output([outputs]);
    sumColumns(
      backend,
      'plain',
      { groups: 1, rows, channels: outputs, first: backend.address(dBias) },
      { x: backend.address(dys[0]!) },
    );
    return [dWeight, dBias];
  });
}

function partOf(address: bigint, part: number, size: number): bigint {
  return address + BigInt(FLOAT_BYTES * part * size);
}

export function registerMatMul(): void {
  for (const op of [BatchMatMul, _FusedMatMul])
    kernel<MatMulInputs, MatMulAttrs & Partial<FusedAttrs>>(op, (backend, inputs, attrs) =>
      matMul(backend, op, inputs, attrs),
    );
  registerGroupedMatMul();
  registerLinear();
}
