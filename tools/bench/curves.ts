import * as tf from '@tensorflow/tfjs-core';
import type { PyramidScanOptions } from '@pyramid-mamba/ssm-kernels';
import { check, DECODER_SHAPES, finished, inputs, scanWith, STATES } from './scan.ts';
import { timePaired } from './report.ts';

/** The first is the measure of the others: it has a kernel of its own. */
const SCANS: readonly { name: string; options: PyramidScanOptions }[] = [
  { name: 'four sweeps', options: { grids: [1] } },
  { name: 'sweep, 8 directions', options: { grids: [1], directions: 8 } },
  { name: 'Hilbert, 4 directions', options: { grids: [1], scanOrder: 'hilbert' } },
  { name: 'Hilbert, 8 directions', options: { grids: [1], scanOrder: 'hilbert', directions: 8 } },
];

/**
 * pyramidScan along curves: nanoseconds of processor time per state update (the least of all runs), forward and with the gradient, beside four
 * sweeps. A ratio of 1 in eight directions is twice the time of four sweeps.
 */
export async function benchCurves(
  seed: number,
  repeats: number,
  { backend }: { backend: string },
): Promise<void> {
  console.log(
    `\npyramidScan along curves, ${backend}, batch 1, N 16, one grid: least processor time in ns per state update (ratio to four sweeps)\n`,
  );
  console.log('| map | scan | forward | forward + gradient |\n| --- | --- | --- | --- |');
  for (const [side, channels] of DECODER_SHAPES) {
    for (const { options } of SCANS) await check(backend, side, seed, options);
    await tf.setBackend(backend);
    const kept = SCANS.map(({ options }) => inputs(side, channels, seed, options.directions));
    const timings = await timePaired(
      repeats,
      SCANS.flatMap(({ options }, i) => {
        const [f, x] = [scanWith(options), kept[i]!];
        return [() => finished(() => [f(...x)]), () => finished(() => tf.grads(f)(x, x[0]))];
      }),
    );
    tf.dispose(kept);
    const each = timings.map(({ processor }, i) => {
      const directions = SCANS[i >> 1]!.options.directions ?? 4;
      return (processor * 1e6) / (side * side * directions * channels * STATES);
    });
    SCANS.forEach(({ name }, i) => {
      const [forward, both] = [0, 1].map((j) => {
        const own = each[2 * i + j]!;
        return i === 0 ? own.toFixed(2) : `${own.toFixed(2)} (${(own / each[j]!).toFixed(2)} ×)`;
      });
      console.log(`| ${i === 0 ? `${side}×${side}, d ${channels}` : ''} | ${name} | ${forward} | ${both} |`);
    });
  }
}
