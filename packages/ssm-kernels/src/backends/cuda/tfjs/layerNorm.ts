import {
  type ColumnTerm,
  type CudaBackend,
  type Fields,
  sumColumns,
} from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import { TRAINING } from '../sources.js';

/** Threads of a block: one warp per row (layerNorm.cuh). */
const WARP = 32;
const ROWS = 8;

/** The gradients of beta and gamma. */
const LAYER: ColumnTerm = { name: 'layer', sums: 2, source: TRAINING };

interface LayerInputs {
  readonly x: TensorInfo;
  readonly gamma: TensorInfo;
  /** Needed forward and by the gate's gradient. */
  readonly beta?: TensorInfo;
  /** If present, the gate is applied. */
  readonly z?: TensorInfo;
  readonly dy?: TensorInfo;
}

/** Starts a kernel over the rows of x. */
function overRows(backend: CudaBackend, kernelName: string, inputs: LayerInputs, fields: Fields): void {
  const { x, gamma, beta, z, dy } = inputs;
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  const address = (tensor: TensorInfo | undefined): bigint | undefined => tensor && backend.address(tensor);
  backend.launch(
    kernelName,
    'LayerNormParams',
    { grid: [Math.ceil(rows / ROWS)], block: [WARP, ROWS], source: TRAINING },
    {
      x: address(x),
      gamma: address(gamma),
      beta: address(beta),
      z: address(z),
      dy: address(dy),
      rows,
      channels,
      ...fields,
    },
  );
}

/** y, with or without a gate. */
function forward(backend: CudaBackend, inputs: LayerInputs, epsilon: number): TensorInfo {
  const y = backend.output(inputs.x.shape);
  overRows(backend, 'layerNorm_all', inputs, { y: backend.address(y), epsilon });
  return y;
}

/** dx, dGamma, dBeta, and with a gate dz. */
function backward(
  backend: CudaBackend,
  inputs: LayerInputs & { readonly dy: TensorInfo },
  epsilon: number,
): TensorInfo[] {
  const { x, z, dy } = inputs;
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  const dx = backend.output(x.shape);
  const dz = z && backend.output(z.shape);
  const [dGamma, dBeta] = [backend.output([channels]), backend.output([channels])];
  backend.withScratch(2 * rows, ({ address: stats }) => {
    overRows(backend, 'layerNormGrad_all', inputs, {
      y: backend.address(dx),
      dz: dz && backend.address(dz),
      stats,
      epsilon,
    });
    sumColumns(
      backend,
      LAYER,
      { groups: 1, rows, channels, first: backend.address(dBeta), second: backend.address(dGamma) },
      { x: backend.address(x), dy: backend.address(dy), z: z && backend.address(z), stats },
    );
  });
  return dz ? [dx, dGamma, dBeta, dz] : [dx, dGamma, dBeta];
}

export const layerNorm: Kernel<CudaBackend, 'layerNorm'> = (backend, inputs, { epsilon }) =>
  forward(backend, inputs, epsilon);

export const layerNormGrad: Kernel<CudaBackend, 'layerNormGrad'> = (backend, inputs, { epsilon }) =>
  backward(backend, inputs, epsilon);

export const layerNormGate: Kernel<CudaBackend, 'layerNormGate'> = (backend, inputs, { epsilon }) =>
  forward(backend, inputs, epsilon);

export const layerNormGateGrad: Kernel<CudaBackend, 'layerNormGateGrad'> = (backend, inputs, { epsilon }) =>
  backward(backend, inputs, epsilon);
