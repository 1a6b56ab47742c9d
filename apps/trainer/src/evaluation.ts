import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import type { Dataset, Sample } from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  evaluateClass,
  meanOverClasses,
  verdict,
  type Verdict,
  type ClassMetrics,
  type Protocol,
} from '@pyramid-mamba/metrics';
import { anomalyMap, type Calibration, type LevelMap, type PyramidMamba } from '@pyramid-mamba/model';
import { classCurves, type ClassCurves } from './classCurves.js';
import { calibrateClass, joined, thinned } from './calibrate.js';
import { UserError } from './errors.js';
import { quantile, type RunScale } from './heatMap.js';
import { judge } from './judge.js';
import type { Io } from './io.js';
import { mapFile, MapFolder } from './mapFolder.js';
import { metricsReport, type MetricsReport } from './metricsReport.js';
import { Progress } from './progress.js';
import type { Run } from './run.js';

const BATCH = 8;
/** The colour scale of a class begins at what this share of its good pictures' pixels stay below … */
const LOW_QUANTILE = 0.95;
/** … and ends, for all classes, so far above as one pixel in a hundred is: one glaring defect must not leave the faint ones dark. */
const HIGH_QUANTILE = 0.99;

export interface EvaluationOptions {
  model: PyramidMamba;
  dataset: Dataset;
  protocol: Protocol;
  /** Where the results go: its `metrics`, `scores` and `maps`. */
  run: Run;
  io: Io;
}

/** What an evaluation finds. */
export interface Evaluation {
  report: MetricsReport;
  /** Thresholds by class, of those that have good test pictures. */
  calibration: Record<string, Calibration>;
}

/** What is kept of a judged picture: the small maps, of which its full-size map is made again when it is drawn. */
interface Judged {
  sample: Sample;
  levels: LevelMap[];
  score: number;
  /** Every so many pixels of the full-size map. */
  thinned: Float32Array;
}

/**
 * Judges all test pictures and writes `metrics.json`, `scores.jsonl`, `curves.json` and the heat maps; returns the report and the thresholds
 * that follow. Full-size maps are held for one class at a time. Nothing is replaced before everything is computed.
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { model, dataset, protocol, run, io } = options;
  requireUsable(dataset, run);
  await run.sweep();

  const judged: Judged[] = [];
  const perClass: Record<string, ClassMetrics> = {};
  const curves: Record<string, ClassCurves> = {};
  const progress = new Progress(io);
  try {
    for (const name of dataset.classes) {
      const samples = dataset.test.filter((sample) => sample.className === name);
      const found = await judgeClass(model, samples, protocol, (batch) => {
        judged.push(...batch);
        progress.update({ done: judged.length, total: dataset.test.length, label: `evaluating ${name}` });
      });
      perClass[name] = found.metrics;
      curves[name] = found.curves;
    }
  } finally {
    progress.clear();
  }

  const scale = scaleOf(judged);
  const report = metricsReport(protocol, perClass, meanOverClasses(perClass));
  const calibration: Record<string, Calibration> = {};
  for (const name of dataset.classes) {
    const own = judged.filter(({ sample }) => sample.className === name);
    const found = calibrateClass(own.map((one) => ({ ...one, label: one.sample.label })));
    if (found) calibration[name] = found;
  }
  const maps = new MapFolder(run.maps, scale);
  try {
    await draw(judged, maps, model.config.inputSize, model.config.map.sigma, new Progress(io));
    const lines = judged.map((one) => JSON.stringify(scoreLine(one, calibration[one.sample.className])));
    await writeFileAtomic(run.scores, `${lines.join('\n')}\n`);
    const metrics = { ...report, thresholds: calibration, heatMapScale: scale };
    await writeFileAtomic(run.curves, `${JSON.stringify(curves)}\n`);
    await writeFileAtomic(run.metrics, `${JSON.stringify(metrics, null, 2)}\n`);
    await maps.keep();
  } finally {
    await maps.drop();
  }
  return { report, calibration };
}

/** A line of `scores.jsonl`. */
export interface ScoreLine {
  /** The picture's id. */
  file: string;
  class: string;
  label: 0 | 1;
  defect: string;
  score: number;
  /** null where the class has no thresholds. */
  verdict: Verdict | null;
  /** Its heat map, relative to `maps/`. */
  map: string;
}

function scoreLine({ sample, score }: Judged, calibration: Calibration | undefined): ScoreLine {
  return {
    file: sample.id,
    class: sample.className,
    label: sample.label,
    defect: sample.defect,
    score,
    verdict: calibration ? verdict(score, calibration) : null,
    map: mapFile(sample).split(sep).join('/'),
  };
}

function requireUsable(dataset: Dataset, run: Run): void {
  for (const name of dataset.classes) {
    if (!dataset.test.some((sample) => sample.className === name)) {
      throw new UserError(
        `class "${name}" has no test pictures to evaluate on; add some to ${name}/test or leave the class out with --classes`,
      );
    }
  }
  if (existsSync(run.maps) && !existsSync(run.metrics)) {
    throw new UserError(
      `--out: ${run.maps} is there already and not of an evaluation, which would replace it; give another folder`,
    );
  }
}

/** The metrics of one class; `onJudged` gets its pictures batch by batch, in order. */
async function judgeClass(
  model: PyramidMamba,
  samples: readonly Sample[],
  protocol: Protocol,
  onJudged: (batch: Judged[]) => void,
): Promise<{ metrics: ClassMetrics; curves: ClassCurves }> {
  const { inputSize: size } = model.config;
  const maps: Float32Array[] = [];
  const masks: (Uint8Array | Uint8ClampedArray)[] = [];
  const scores: number[] = [];
  for (let start = 0; start < samples.length; start += BATCH) {
    const part = samples.slice(start, start + BATCH);
    const loaded = await Promise.all(part.map((sample) => sample.load(size)));
    const found = await judge(
      model,
      loaded.map(({ image }) => image),
    );
    maps.push(...found.map(({ map }) => map));
    masks.push(...loaded.map(({ mask }) => mask.data));
    scores.push(...found.map(({ score }) => score));
    onJudged(
      found.map(({ levels, score, map }, i) => ({ sample: part[i]!, levels, score, thinned: thinned(map) })),
    );
  }
  // a defective picture without a mask counts as a picture, but its pixels say nothing
  const masked = samples.flatMap(({ hasMask }, i) => (hasMask === false ? [] : [i]));
  const some = <T>(list: readonly T[]): T[] => masked.map((i) => list[i]!);
  const imageLabels = samples.map((sample) => sample.label);
  const square = { width: size, height: size };
  const all = evaluateClass({ maps, masks, ...square, imageScores: scores, imageLabels }, { protocol });
  const { pixel } =
    masked.length === samples.length
      ? all
      : evaluateClass({ maps: some(maps), masks: some(masks), ...square }, { protocol });
  return { metrics: { ...all, pixel }, curves: classCurves(some(maps), some(masks), size) };
}

/** The run's colour scale: colours say how far a pixel exceeds what good pictures of its class reach, the same for all classes. */
function scaleOf(judged: readonly Judged[]): RunScale {
  const low: Record<string, number> = {};
  for (const name of new Set(judged.map(({ sample }) => sample.className))) {
    const own = judged.filter(({ sample }) => sample.className === name);
    const good = own.filter(({ sample }) => sample.label === 0);
    low[name] = quantile(joined(good.length > 0 ? good : own), LOW_QUANTILE);
  }
  const excess = judged.map((one) => ({ thinned: one.thinned.map((v) => v - low[one.sample.className]!) }));
  return { low, span: Math.max(quantile(joined(excess), HIGH_QUANTILE), Number.EPSILON) };
}

async function draw(
  judged: readonly Judged[],
  maps: MapFolder,
  size: number,
  sigma: number,
  progress: Progress,
): Promise<void> {
  try {
    for (const [i, { sample, levels }] of judged.entries()) {
      await maps.add(sample, anomalyMap([levels], size, size, sigma).maps[0]!, size);
      progress.update({ done: i + 1, total: judged.length, label: 'drawing heat maps' });
    }
  } finally {
    progress.clear();
  }
}
