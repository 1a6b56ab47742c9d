// The passes of normalisation.cuh over channels, for batchNormTrain and instanceNorm.
import type { CudaBackend } from './backend/backend.js';
import { sumColumns } from './backend/columns.js';
import type { Fields } from './backend/structs.js';

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
export function normalise(
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
