import {
  PLAIN,
  sumColumns,
  type ColumnTerm,
  type CudaBackend,
  type Fields,
} from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { TRAINING } from '../sources.js';
// The passes of channelNorm.cuh, for batchNormTrain and instanceNorm.

/** Squared deviations from the mean. */
const SPREAD: ColumnTerm = { name: 'spread', sums: 1, source: TRAINING };
/** The gradient of the normalised values, and its product with them. */
const CHANNEL: ColumnTerm = { name: 'channel', sums: 2, source: TRAINING };

/** The normalisation of each channel of x over the rows of each group. */
export interface Channels {
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
export function moments(
  backend: CudaBackend,
  x: bigint,
  sizes: Channels,
  mean: bigint,
  variance: bigint,
): void {
  const factor = 1 / sizes.rows;
  sumColumns(backend, PLAIN, { ...sizes, factor, first: mean }, { x });
  sumColumns(backend, SPREAD, { ...sizes, factor, first: variance }, { x, mean });
}

function channelFields(
  { rows, channels, groups }: Channels,
  { silu = false, ...rest }: ChannelSettings,
): Fields {
  return { ...rest, rows, channels, count: groups * rows * channels, silu: silu ? 1 : 0 };
}

/** y, from the moments at `mean` and `variance`. */
export function normalise(
  backend: CudaBackend,
  x: bigint,
  y: bigint,
  sizes: Channels,
  of: Moments,
  s: ChannelSettings,
): void {
  const fields = { ...channelFields(sizes, s), ...of, x, y };
  const count = sizes.groups * sizes.rows * sizes.channels;
  backend.each('channelNorm_all', 'ChannelNormParams', count, fields, TRAINING);
}

type Moments = Readonly<Record<'mean' | 'variance', bigint>>;

/** dx, and the sums over rows of dn, the gradient of the normalised values n before gamma, and of dn·n. */
export function normaliseGrad(
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
      CHANNEL,
      { ...sizes, first: sums.ofDn, second: sums.ofDnN },
      { x, dy, ...of, epsilon, silu: silu ? 1 : 0 },
    );
    const count = sizes.groups * sizes.rows * sizes.channels;
    const fields = {
      ...channelFields(sizes, settings),
      ...of,
      x,
      dy,
      y: dx,
      meanDn: sums.ofDn,
      meanDnN: sums.ofDnN,
      meanFactor: 1 / sizes.rows,
    };
    backend.each('channelNormGrad_all', 'ChannelNormParams', count, fields, TRAINING);
  });
}
