import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ahead, taken, type Dataset, type GrayImage, type Sample } from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  auroc,
  averagePrecision,
  calibrateClass,
  ExactEvaluation,
  f1Max,
  joined,
  meanOverClasses,
  quantile,
  thinned,
  verdict,
  type Verdict,
  type ClassMetrics,
  type Protocol,
} from '@pyramid-mamba/metrics';
import { anomalyMap, type Calibration, type LevelMap, type PyramidMamba } from '@pyramid-mamba/model';
import { classCurves, CURVE_POINTS, type ClassCurves } from './classCurves.js';
import { UserError } from './errors.js';
import type { RunScale } from './heatMap.js';
import { judge } from './judge.js';
import type { Io } from './io.js';
import { mapFile, MapFolder } from './mapFolder.js';
import { metricsReport, type MetricsReport } from './metricsReport.js';
import { Progress } from './progress.js';
import type { Run } from './run.js';
import { ViewerFolder } from './viewerFolder.js';

const BATCH = 8;
/** Pictures read and decoded while others are judged or drawn. */
const DECODED_AHEAD = BATCH;
/** The colour scale of a class begins at what this share of its good pictures' pixels stay below … */
const LOW_QUANTILE = 0.95;
/** … and ends, for all classes, so far above as one pixel in a hundred is: one glaring defect must not leave the faint ones dark. */
const HIGH_QUANTILE = 0.99;

export interface EvaluationOptions {
  model: PyramidMamba;
  dataset: Dataset;
  protocol: Protocol;
  /** Where the results go: its `metrics`, `scores`, `curves`, `maps` and `viewer`. */
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
 * Judges all test pictures and writes `metrics.json`, `scores.jsonl`, `curves.json`, the heat maps and what the viewer shows; returns the
 * report and the thresholds that follow. Nothing is replaced before everything is computed.
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

  const report = metricsReport(protocol, perClass, meanOverClasses(perClass));
  const calibration: Record<string, Calibration> = {};
  for (const name of dataset.classes) {
    const own = judged.filter(({ sample }) => sample.className === name);
    const found = calibrateClass(own.map((one) => ({ ...one, label: one.sample.label })));
    if (found) calibration[name] = found;
  }
  const scale = scaleOf(judged, calibration);
  const { inputSize: size, map } = model.config;
  const maps = new MapFolder(run.maps, scale);
  const { name, classes } = dataset;
  const viewer = new ViewerFolder(run.viewer, {
    dataset: name,
    size,
    sigma: map.sigma,
    scale,
    classes,
    calibration,
  });
  try {
    await draw(judged, maps, viewer, size, map.sigma, new Progress(io));
    const lines = judged.map((one) => JSON.stringify(scoreLine(one, calibration[one.sample.className])));
    await writeFileAtomic(run.scores, `${lines.join('\n')}\n`);
    const metrics = { ...report, thresholds: calibration, heatMapScale: scale };
    await writeFileAtomic(run.curves, `${JSON.stringify(curves)}\n`);
    await writeFileAtomic(run.metrics, `${JSON.stringify(metrics, null, 2)}\n`);
    await maps.keep();
    await viewer.keep();
  } finally {
    await maps.drop();
    await viewer.drop();
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
  // a folder `viewer` with a viewer.json in it is known for ours even where metrics.json was removed
  const strange = existsSync(run.viewer) && !existsSync(join(run.viewer, 'viewer.json'));
  const taken = existsSync(run.maps) ? run.maps : strange ? run.viewer : undefined;
  if (taken !== undefined && !existsSync(run.metrics)) {
    throw new UserError(
      `--out: ${taken} is there already and not of an evaluation, which would replace it; give another folder`,
    );
  }
}

/**
 * The metrics of one class; `onJudged` gets its pictures batch by batch, in order. Full-size maps are not kept: where the metrics
 * ask for them again, they are made anew of the small ones.
 */
async function judgeClass(
  model: PyramidMamba,
  samples: readonly Sample[],
  protocol: Protocol,
  onJudged: (batch: Judged[]) => void,
): Promise<{ metrics: ClassMetrics; curves: ClassCurves }> {
  const { inputSize: size, map: options } = model.config;
  const evaluation = new ExactEvaluation({ curvePoints: CURVE_POINTS });
  const measure = ({ sample }: Judged, map: Float32Array, mask: GrayImage['data']) => {
    // a defective picture without a mask counts as a picture, but its pixels say nothing
    if (sample.hasMask !== false) evaluation.add({ map, mask, width: size, height: size });
  };
  const judged: Judged[] = [];
  const masks: GrayImage['data'][] = [];
  const pictures = ahead(samples, DECODED_AHEAD, (sample) => sample.load(size));
  for (let start = 0; start < samples.length; start += BATCH) {
    const part = samples.slice(start, start + BATCH);
    const loaded = await taken(pictures, part.length);
    const found = await judge(
      model,
      loaded.map(({ image }) => image),
    );
    const batch = found.map(({ levels, score, map }, i): Judged => {
      const one = { sample: part[i]!, levels, score, thinned: thinned(map) };
      measure(one, map, loaded[i]!.mask.data);
      return one;
    });
    judged.push(...batch);
    masks.push(...loaded.map(({ mask }) => mask.data));
    onJudged(batch);
  }
  while (evaluation.endPass()) {
    for (const [i, one] of judged.entries()) {
      measure(one, anomalyMap([one.levels], size, size, options.sigma).maps[0]!, masks[i]!);
    }
  }
  const { metrics, curves } = evaluation.result();
  const scores = judged.map(({ score }) => score);
  const labels = judged.map(({ sample }) => sample.label);
  const image = {
    auroc: auroc(scores, labels),
    ap: averagePrecision(scores, labels),
    f1max: f1Max(scores, labels),
  };
  return { metrics: { image, pixel: metrics[protocol].pixel }, curves: classCurves(curves.pixel) };
}

/** The run's colour scale: colours say how far a pixel exceeds what good pictures of its class reach, the same for all classes. */
function scaleOf(judged: readonly Judged[], calibration: Readonly<Record<string, Calibration>>): RunScale {
  const low: Record<string, number> = {};
  for (const name of new Set(judged.map(({ sample }) => sample.className))) {
    const own = judged.filter(({ sample }) => sample.className === name);
    const good = own.filter(({ sample }) => sample.label === 0);
    low[name] = quantile(joined(good.length > 0 ? good : own), LOW_QUANTILE);
  }
  if (judged.every(({ sample }) => sample.label === 0)) {
    // good pictures alone must not fill the scale with their own noise: the thresholds are half-way up
    const spans = Object.entries(calibration).map(([name, { reject }]) => 2 * (reject - low[name]!));
    return { low, span: Math.max(...spans, Number.EPSILON) };
  }
  const excess = judged.map((one) => ({ thinned: one.thinned.map((v) => v - low[one.sample.className]!) }));
  return { low, span: Math.max(quantile(joined(excess), HIGH_QUANTILE), Number.EPSILON) };
}

async function draw(
  judged: readonly Judged[],
  maps: MapFolder,
  viewer: ViewerFolder,
  size: number,
  sigma: number,
  progress: Progress,
): Promise<void> {
  try {
    let done = 0;
    for await (const loaded of ahead(judged, DECODED_AHEAD, ({ sample }) => sample.load(size))) {
      const one = judged[done++]!;
      const { sample, levels } = one;
      await maps.add(sample, loaded, anomalyMap([levels], size, size, sigma).maps[0]!);
      await viewer.add(sample, loaded, one);
      progress.update({ done, total: judged.length, label: 'drawing heat maps' });
    }
  } finally {
    progress.clear();
  }
}
