import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { evaluateMaps, type EvaluatedImage, type Metric } from '@pyramid-mamba/metrics';
import {
  aurocByPairs,
  auproBySteps,
  auproByThresholds,
  averagePrecisionByThresholds,
  f1MaxByThresholds,
  f1MaxByTwentyOneSteps,
} from '../../packages/metrics/test/bruteForce.ts';
import type { MetricsRun } from './metricsRun.ts';
import { canvas, drawImage, IMAGES, SIDE } from './scoreMaps.ts';

/** Throws if the metrics differ from direct counting on small images of the same kind; returns the maximum error. */
async function check(seed: number): Promise<number> {
  const side = 12;
  const images = Array.from({ length: 8 }, (_, i) => drawImage(canvas(side), seed, i, 40));
  const { metrics, images: judged } = await evaluateMaps(() => images);
  const maps = images.map(({ map }) => ({ data: map, width: side, height: side }));
  const masks = images.map(({ mask = new Uint8Array(side * side) }: EvaluatedImage) => ({
    data: mask,
    width: side,
    height: side,
  }));
  const scores = maps.flatMap(({ data }) => [...data]);
  const labels = masks.flatMap(({ data }) => [...data]);
  const { image, pixel } = metrics.exact;
  const pairs: Record<string, [Metric, number]> = {
    'image AU-ROC': [image.auroc, aurocByPairs(judged.scores, judged.labels)],
    'image AP': [image.ap, averagePrecisionByThresholds(judged.scores, judged.labels)],
    'image F1-max': [image.f1max, f1MaxByThresholds(judged.scores, judged.labels)],
    'pixel AU-ROC': [pixel.auroc, aurocByPairs(scores, labels)],
    'pixel AP': [pixel.ap, averagePrecisionByThresholds(scores, labels)],
    'pixel F1-max': [pixel.f1max, f1MaxByThresholds(scores, labels)],
    'AU-PRO': [pixel.aupro, auproByThresholds(maps, masks, 0.3)],
    'pixel F1-max of 21 steps': [metrics.paper.pixel.f1max, f1MaxByTwentyOneSteps(scores, labels)],
    'AU-PRO of 100 steps': [metrics.paper.pixel.aupro, auproBySteps(maps, masks, 0.3, 100)],
  };
  let worst = 0;
  for (const [name, [got, want]] of Object.entries(pairs)) {
    const error = Math.abs((got.value ?? NaN) - want);
    if (!(error <= 1e-9)) throw new Error(`metrics: ${name} is ${got.value} instead of ${want}`);
    worst = Math.max(worst, error);
  }
  return worst;
}

async function run(where: 'memory' | 'file', seed: number, repeats: number): Promise<MetricsRun> {
  const script = fileURLToPath(new URL('metricsRun.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    script,
    where,
    String(seed),
    String(repeats),
  ]);
  return JSON.parse(stdout) as MetricsRun;
}

/** All metrics, both protocols, of one set of 1,725 maps of 256×256, exact: seconds and peak memory of a process. */
export async function benchMetrics(seed: number, repeats: number): Promise<void> {
  const worst = await check(seed);
  const times = Math.min(5, repeats);
  console.log(
    `\nall metrics, both protocols, of one set of ${IMAGES} maps of ${SIDE}×${SIDE}, exact, one thread ` +
      `(${times} runs); checked by direct counting, worst error ${worst.toExponential(1)}`,
  );
  let before: string | undefined;
  for (const [where, name] of [
    ['memory', 'maps held in memory'],
    ['file', 'maps read from a file in each of the two passes'],
  ] as const) {
    const { seconds, processor, peak, before: start, metrics } = await run(where, seed, times);
    const figures = JSON.stringify(metrics);
    if (before !== undefined && figures !== before) throw new Error('metrics: memory and file differ');
    before = figures;
    const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
    console.log(
      `  ${name}: ${spread(seconds)}, CPU time ${spread(processor)}; ` +
        `peak resident memory ${mib(peak)} (${mib(start)} before the evaluation)`,
    );
  }
}

function spread(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const [min, median, max] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!];
  return `${median.toFixed(1)} s [${min.toFixed(1)}..${max.toFixed(1)}]`;
}
