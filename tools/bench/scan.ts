import * as tf from '@tensorflow/tfjs-core';
import { pyramidScan, type PyramidScanOptions } from '@pyramid-mamba/ssm-kernels';
import { milliseconds, timePaired } from './report.ts';

/** Map side and channels (d_inner) of the decoder's four stages at 256×256. */
export const DECODER_SHAPES = [
  [8, 1024],
  [16, 512],
  [32, 256],
  [64, 128],
] as const;
export const STATES = 16;

type ScanArguments = Parameters<typeof pyramidScan>;

/** Seeded inputs of a scan. */
export function inputs(side: number, channels: number, seed: number, directions = 4): tf.Tensor[] {
  const normal = (shape: number[], i: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed + i);
  const map = [1, side, side];
  return [
    normal([...map, channels], 0),
    normal([...map, directions, channels], 1),
    tf.neg(tf.randomUniform([directions, channels, STATES], 1, STATES, 'float32', seed + 2)),
    normal([...map, directions, STATES], 3),
    normal([...map, directions, STATES], 4),
    tf.ones([directions, channels]),
    tf.fill([directions, channels], -3),
  ];
}

export const scanWith =
  (options: PyramidScanOptions) =>
  (...x: tf.Tensor[]): tf.Tensor =>
    pyramidScan(...([...x, options] as unknown as ScanArguments));

/** Output and gradients on `backend`, of the same inputs. */
async function run(
  backend: string,
  side: number,
  channels: number,
  seed: number,
  options: PyramidScanOptions,
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(() => {
    const x = inputs(side, channels, seed, options.directions);
    const f = scanWith(options);
    return [f(...x), ...tf.grads(f)(x, x[0])];
  });
  return Promise.all(results.map(async (t) => (await t.data()) as Float32Array));
}

/** Throws if a kernel is wrong: compares 24 channels of the map with the reference. */
export async function check(
  backend: string,
  side: number,
  seed: number,
  options: PyramidScanOptions = { grids: [1, 2] },
): Promise<number> {
  const want = await run('cpu', side, 24, seed, options);
  const got = await run(backend, side, 24, seed, options);
  let worst = 0;
  want.forEach((w, i) => {
    const scale = w.reduce((m, x) => Math.max(m, Math.abs(x)), 1e-6);
    w.forEach((x, j) => {
      const error = Math.abs(got[i]![j]! - x) / scale;
      if (!(error <= 1e-4))
        throw new Error(
          `pyramidScan ${side}×${side}: tensor ${i} is wrong at ${j}: ${got[i]![j]} instead of ${x}`,
        );
      worst = Math.max(worst, error);
    });
  });
  return worst;
}

/** Runs `f` and waits for its results by reading one value of each. */
export async function finished(f: () => tf.Tensor[]): Promise<void> {
  const firsts = tf.tidy(() => f().map((t) => tf.slice(tf.reshape(t, [t.size]), 0, 1)));
  await Promise.all(firsts.map((t) => t.data()));
  tf.dispose(firsts);
}

/** pyramidScan: nanoseconds per state update, forward and gradient, with one and two grids. */
export async function benchScan(
  seed: number,
  repeats: number,
  { backend }: { backend: string },
): Promise<void> {
  console.log(
    `\npyramidScan, ${backend}, batch 1, N 16 (median ns per state update; another grid adds no updates)`,
  );
  const totals = [0, 0, 0, 0];
  for (const [side, channels] of DECODER_SHAPES) {
    const worst = await check(backend, side, seed);
    await tf.setBackend(backend);
    const x = inputs(side, channels, seed);
    const works = [[1], [1, 2]].flatMap((grids) => {
      const f = scanWith({ grids });
      return [
        (): Promise<void> => finished(() => [f(...x)]),
        (): Promise<void> => finished(() => tf.grads(f)(x, x[0])),
      ];
    });
    const timings = await timePaired(repeats, works);
    tf.dispose(x);
    const updates = side * side * 4 * channels * STATES;
    const ns = (i: number): string => ((timings[i]!.median * 1e6) / updates).toFixed(2);
    timings.forEach((t, i) => (totals[i]! += t.median));
    console.log(
      `  ${side}×${side}, d ${channels}: forward ${ns(0)} [1], ${ns(2)} [1,2] (${milliseconds(timings[2]!)}); ` +
        `forward + gradient ${ns(1)} [1], ${ns(3)} [1,2]; checked, worst error ${worst.toExponential(1)}`,
    );
  }
  console.log(
    `  all four: grids [1,2] costs ${(totals[2]! / totals[0]!).toFixed(2)}× [1] forward, ` +
      `${(totals[3]! / totals[1]!).toFixed(2)}× with gradient`,
  );
}
