import { _FusedMatMul, BatchMatMul, backend_util, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { CudaError } from '../driver/errors.js';
import type { CudaBackend } from '../backend/backend.js';
import { ACTIVATIONS, multiply } from './gemm.js';
import { kernel } from '../backend/kernel.js';

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

export function registerMatMul(): void {
  for (const op of [BatchMatMul, _FusedMatMul])
    kernel<MatMulInputs, MatMulAttrs & Partial<FusedAttrs>>(op, (backend, inputs, attrs) =>
      matMul(backend, op, inputs, attrs),
    );
}
