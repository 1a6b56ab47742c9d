import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRAD,
  COLUMN_SUMS,
  INSTANCE_NORM,
  INSTANCE_NORM_GRAD,
  LAYER_NORM,
  LAYER_NORM_GATE,
  LAYER_NORM_GATE_GRAD,
  LAYER_NORM_GRAD,
  type InstanceNormAttrs,
  type LayerNormAttrs,
} from '../../../kernels/trainingKernels.js';
import type { CudaBackend } from './backend.js';
import { sumColumns } from './columns.js';
import { kernel } from './kernel.js';
import type { Fields } from './structs.js';

/** Threads of a block: one warp per row (normalisation.cuh). */
const WARP = 32;
const ROWS = 8;

type LayerInputs = Record<'x' | 'gamma' | 'beta', TensorInfo> & { z?: TensorInfo; dy?: TensorInfo };

/** Starts a kernel over the rows of x. */
function overRows(backend: CudaBackend, kernelName: string, inputs: LayerInputs, fields: Fields): void {
  const { x, gamma, beta, z, dy } = inputs;
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  const address = (tensor: TensorInfo | undefined): bigint | undefined => tensor && backend.address(tensor);
  backend.launch(
    kernelName,
    'LayerNormParams',
    { grid: [Math.ceil(rows / ROWS)], block: [WARP, ROWS] },
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

function registerLayerNorm(): void {
  for (const op of [LAYER_NORM, LAYER_NORM_GATE])
    kernel<LayerInputs, LayerNormAttrs>(op, (backend, inputs, { epsilon }) => {
      const y = backend.output(inputs.x.shape);
      overRows(backend, 'layerNorm_all', inputs, { y: backend.address(y), epsilon });
      return y;
    });
  for (const op of [LAYER_NORM_GRAD, LAYER_NORM_GATE_GRAD])
    kernel<LayerInputs & { dy: TensorInfo }, LayerNormAttrs>(op, (backend, inputs, { epsilon }) => {
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
          'layer',
          {
            groups: 1,
            rows,
            channels,
            first: backend.address(dBeta),
            second: backend.address(dGamma),
          },
          { x: backend.address(x), dy: backend.address(dy), z: z && backend.address(z), stats },
        );
      });
      return dz ? [dx, dGamma, dBeta, dz] : [dx, dGamma, dBeta];
    });
}

/** The normalisation of each channel of x over the rows of each group. */
interface Channels {
  readonly groups: number;
  readonly rows: number;
  readonly channels: number;
}

interface ChannelSettings {
  readonly epsilon: number;
  readonly silu?: boolean;
  readonly gamma?: bigint;
  readonly beta?: bigint;
}

/** Means and biased variances, (groups, channels) each. */
function moments(backend: CudaBackend, x: bigint, sizes: Channels, mean: bigint, variance: bigint): void {
  const factor = 1 / sizes.rows;
  sumColumns(backend, 'plain', { ...sizes, factor, first: mean }, { x });
  sumColumns(backend, 'spread', { ...sizes, factor, first: variance }, { x, mean });
}

function channelFields(
  { rows, channels, groups }: Channels,
  { silu = false, ...rest }: ChannelSettings,
): Fields {
  return { ...rest, rows, channels, count: groups * rows * channels, silu: silu ? 1 : 0 };
}

/** y, from the moments at `mean` and `variance`. */
function normalise(
  backend: CudaBackend,
  x: bigint,
  y: bigint,
  sizes: Channels,
  of: Moments,
  s: ChannelSettings,
): void {
  const fields = { ...channelFields(sizes, s), ...of, x, y };
  backend.each('channelNorm_all', 'ChannelNormParams', sizes.groups * sizes.rows * sizes.channels, fields);
}

type Moments = Readonly<Record<'mean' | 'variance', bigint>>;

/** dx, and the sums over rows of dn, the gradient of the normalised values n before gamma, and of dn·n. */
function normaliseGrad(
  backend: CudaBackend,
  { x, dy, dx }: Readonly<Record<'x' | 'dy' | 'dx', bigint>>,
  sizes: Channels,
  sums: Readonly<Record<'ofDn' | 'ofDnN', bigint>>,
  settings: ChannelSettings,
): void {
  const numbers = sizes.groups * sizes.channels;
  backend.withScratch(2 * numbers, ({ address: mean }) => {
    const of = { mean, variance: mean + BigInt(4 * numbers) };
    moments(backend, x, sizes, of.mean, of.variance);
    const { silu = false, epsilon } = settings;
    sumColumns(
      backend,
      'channel',
      { ...sizes, first: sums.ofDn, second: sums.ofDnN },
      { x, dy, ...of, epsilon, silu: silu ? 1 : 0 },
    );
    backend.each('channelNormGrad_all', 'ChannelNormParams', sizes.groups * sizes.rows * sizes.channels, {
      ...channelFields(sizes, settings),
      ...of,
      x,
      dy,
      y: dx,
      meanDn: sums.ofDn,
      meanDnN: sums.ofDnN,
      meanFactor: 1 / sizes.rows,
    });
  });
}

function registerBatchNormTrain(): void {
  const sizesOf = ({ shape }: TensorInfo): Channels => {
    const channels = shape.at(-1)!;
    return { groups: 1, rows: util.sizeFromShape(shape) / channels, channels };
  };
  kernel<Record<'x' | 'gamma' | 'beta', TensorInfo>, LayerNormAttrs>(
    BATCH_NORM_TRAIN,
    (backend, { x, gamma, beta }, { epsilon }) => {
      const sizes = sizesOf(x);
      const y = backend.output(x.shape);
      const [mean, variance] = [backend.output([sizes.channels]), backend.output([sizes.channels])];
      const of = { mean: backend.address(mean), variance: backend.address(variance) };
      const from = backend.address(x);
      moments(backend, from, sizes, of.mean, of.variance);
      const scales = { gamma: backend.address(gamma), beta: backend.address(beta) };
      normalise(backend, from, backend.address(y), sizes, of, { epsilon, ...scales });
      return [y, mean, variance];
    },
  );
  kernel<Record<'x' | 'gamma' | 'dy', TensorInfo>, LayerNormAttrs>(
    BATCH_NORM_TRAIN_GRAD,
    (backend, { x, gamma, dy }, { epsilon }) => {
      const sizes = sizesOf(x);
      const dx = backend.output(x.shape);
      const [dGamma, dBeta] = [backend.output(gamma.shape), backend.output(gamma.shape)];
      normaliseGrad(
        backend,
        { x: backend.address(x), dy: backend.address(dy), dx: backend.address(dx) },
        sizes,
        { ofDn: backend.address(dBeta), ofDnN: backend.address(dGamma) },
        { epsilon, gamma: backend.address(gamma) },
      );
      return [dx, dGamma, dBeta];
    },
  );
}

function registerInstanceNorm(): void {
  const sizesOf = ({ shape }: TensorInfo): Channels => {
    const [groups, height, width, channels] = shape as [number, number, number, number];
    return { groups, rows: height * width, channels };
  };
  kernel<{ x: TensorInfo }, InstanceNormAttrs>(INSTANCE_NORM, (backend, { x }, { epsilon, activation }) => {
    const sizes = sizesOf(x);
    const y = backend.output(x.shape);
    const numbers = sizes.groups * sizes.channels;
    backend.withScratch(2 * numbers, ({ address: mean }) => {
      const of = { mean, variance: mean + BigInt(4 * numbers) };
      const from = backend.address(x);
      moments(backend, from, sizes, of.mean, of.variance);
      normalise(backend, from, backend.address(y), sizes, of, { epsilon, silu: activation === 'silu' });
    });
    return y;
  });
  kernel<Record<'x' | 'dy', TensorInfo>, InstanceNormAttrs>(
    INSTANCE_NORM_GRAD,
    (backend, { x, dy }, { epsilon, activation }) => {
      const sizes = sizesOf(x);
      const dx = backend.output(x.shape);
      const numbers = sizes.groups * sizes.channels;
      backend.withScratch(2 * numbers, ({ address: ofDn }) =>
        normaliseGrad(
          backend,
          { x: backend.address(x), dy: backend.address(dy), dx: backend.address(dx) },
          sizes,
          { ofDn, ofDnN: ofDn + BigInt(4 * numbers) },
          { epsilon, silu: activation === 'silu' },
        ),
      );
      return dx;
    },
  );
}

export function registerNormalisations(): void {
  registerLayerNorm();
  registerBatchNormTrain();
  registerInstanceNorm();
  kernel<{ x: TensorInfo }>(COLUMN_SUMS, (backend, { x }) => {
    const channels = x.shape.at(-1)!;
    const y = backend.output([channels]);
    const rows = util.sizeFromShape(x.shape) / channels;
    sumColumns(
      backend,
      'plain',
      { groups: 1, rows, channels, first: backend.address(y) },
      { x: backend.address(x) },
    );
    return y;
  });
}
