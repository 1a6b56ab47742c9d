import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  ahead,
  datasetFingerprint,
  isBlank,
  listsOf,
  type Dataset,
  type GrayImage,
  type LoadedSample,
  type Sample,
} from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  auroc,
  averagePrecision,
  BinnedQuantile,
  byName,
  calibrateClass,
  ExactEvaluation,
  f1Max,
  groupedBy,
  joined,
  meanOverClasses,
  ownValue,
  quantile,
  thinned,
  type CalibrationPicture,
  type ClassMetrics,
  type Protocol,
} from '@pyramid-mamba/metrics';
import {
  BLANK,
  decide,
  distrustOf,
  fitDoubts,
  fitOf,
  inOrder,
  locate,
  LOST,
  mapOfLevels,
  pictureMask,
  productDoubts,
  sharedMask,
  soundOnly,
  type Fit,
  type Located,
  type Measurer,
  type Placing,
} from '@pyramid-mamba/inspect';
import {
  inputOf,
  methodOf,
  pictureMap,
  usable,
  type Calibration,
  type Detector,
  type DetectorConfig,
  type LevelMap,
  type ModelInfo,
  type PictureMap,
  type Size,
} from '@pyramid-mamba/model';
import {
  classCurves,
  CURVE_POINTS,
  jsonLines,
  metricsReport,
  type ClassCurves,
  type Evaluated,
  type MetricsReport,
  type RunScale,
  type ScoreLine,
} from '@pyramid-mamba/runs';
import { Exchange } from '@pyramid-mamba/runs/node';
import { UserError } from '../errors.js';
import { MAPS_OF, sha256 } from './evaluated.js';
import { say, type Io } from '../terminal/io.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { plural } from '../text/plural.js';
import { MapFolder } from './mapFolder.js';
import { Progress } from '../terminal/progress.js';
import { RESULTS, type Run } from '../run/run.js';
import { placedOrStill, withoutPixels } from './placing.js';
import { leftOutNotes, settingOnly } from './setting.js';
import { ViewerFolder, type ViewerItem } from './viewerFolder.js';

const BATCH = 8;
/** Pictures prefetched while others are judged or drawn. */
const DECODED_AHEAD = BATCH;
/** The colour scale of a class starts at this quantile of its good pictures' pixels … */
const LOW_QUANTILE = 0.95;
/** … and ends, for all classes, at the distance above it that one pixel in a hundred reaches: one strong defect must not leave the faint ones dark. */
const HIGH_QUANTILE = 0.99;

export interface EvaluationOptions {
  model: Detector;
  /** Of the model file: how it finds and recognises products, what it judges of them, and its self-test. */
  info: Pick<ModelInfo, 'areas' | 'classes' | 'locating' | 'prototypes' | 'recognition' | 'selfTest'>;
  dataset: Dataset;
  protocol: Protocol;
  /** The target of the reject thresholds, see `calibrate` of the metrics. */
  maxFalseRejects?: number | undefined;
  /** Called when everything is computed and before anything is replaced; an error it throws leaves the old results in place. */
  settle: (measured: Measured) => Promise<Settled>;
  /** Measures with the model. */
  measurer: Measurer;
  /** `weightsDigest` of the model. */
  digest: string;
  /** The output run: its `metrics`, `scores`, `curves`, `maps` and `viewer`, replaced as one. */
  run: Run;
  io: Io;
}

/** What is known before the results are written. */
export interface Measured {
  report: MetricsReport;
  /** Thresholds that these pictures would set, of the classes that have good test pictures. */
  found: Record<string, Calibration>;
}

export interface Settled {
  /** The thresholds that verdicts go by, by class. */
  calibration: Record<string, Calibration>;
  /** Further files of the run, by name, that are replaced together with the results. */
  files: Record<string, Uint8Array | string>;
}

/** The result of an evaluation. */
export interface Evaluation {
  report: MetricsReport;
  /** Thresholds of the verdicts, by class. */
  calibration: Record<string, Calibration>;
  scores: ScoreLine[];
}

/** The data of a judged picture in memory; its maps and mask are in the viewer's folder. */
interface Judged {
  sample: Sample;
  /** SHA-256 of the picture that was judged. */
  hash: string;
  score: number;
  /** Whether it is blank, which is a reason not to trust an OK. */
  blank: boolean;
  /** Whether it looks like a product of the model. */
  fit: Fit;
  /** Whether its part was not found, which is a reason not to trust an OK. */
  lost: boolean;
  /** That it looks like another product of the model, which is a reason not to trust an OK, too. */
  others: readonly string[];
  item: ViewerItem;
  /** Where its part is; undefined where the model judges pictures as they are. */
  placing: Placing | undefined;
}

/** The result for a class. */
interface JudgedClass {
  metrics: ClassMetrics;
  curves: ClassCurves;
  /** None without good test pictures. */
  calibration: Calibration | undefined;
  /** Sampled pixels of all its maps. */
  thinned: Float32Array;
  /** A high quantile of its good pictures' pixels. */
  low: number;
}

/**
 * Judges all test pictures and writes `metrics.json`, `scores.jsonl`, `curves.json`, the heat maps and what the viewer shows; returns the
 * report and the thresholds that count. Nothing is replaced before everything is computed, and then all of it at once. Of a picture that
 * was judged, only its score stays in memory once its class is done.
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { model, dataset, protocol, run, io } = options;
  requireUsable(dataset, run);
  await run.sweep();

  const exchange = new Exchange(run.folder, RESULTS);
  const judgedSoFar = { count: 0 };
  const release = onInterrupt(
    io,
    () =>
      `stopped: ${judgedSoFar.count} of ${plural(dataset.test.length, 'picture')} were judged, and nothing was replaced: ` +
      `${existsSync(run.metrics) ? `${run.folder} keeps its earlier results` : `${run.folder} has no results yet`}; ` +
      'the same command starts again',
  );
  try {
    const viewer = new ViewerFolder(exchange.at('viewer'));
    const {
      judged,
      perClass,
      curves,
      calibration: found,
      heatMapScale,
    } = await judgeAll(options, viewer, (count) => (judgedSoFar.count = count));
    const report = metricsReport(protocol, perClass, meanOverClasses(perClass));
    const { width, height } = inputOf(model.config);
    const maps = new MapFolder(exchange.at('maps'), heatMapScale);
    await draw(judged, maps, viewer, model.config, new Progress(io));
    const { calibration, files } = await options.settle({ report, found });
    const { name, classes } = dataset;
    const largestScore = methodOf(model.config).largestScore(model.config);
    // a self-test counts by the thresholds in use
    const distrust = distrusted({ ...options.info, calibration }, classes);
    const scores = judged.map((one) => {
      const { className } = one.sample;
      const own = ownValue(calibration, className);
      return scoreLine(one, own, maps.fileOf(one.sample), largestScore, ownValue(distrust, className));
    });
    const lines = jsonLines(scores);
    const contents: Record<string, string> = {
      'scores.jsonl': lines,
      'curves.json': `${JSON.stringify(curves)}\n`,
      'viewer/viewer.json': viewer.describe({
        dataset: name,
        width,
        height,
        sigma: model.config.map.sigma,
        model: { ...model.config },
        // JSON has no Infinity
        largestScore: Number.isFinite(largestScore) ? largestScore : null,
        scale: heatMapScale,
        classes,
        calibration,
        ...(distrust && { distrust }),
      }),
      [`maps/${MAPS_OF}`]: `${sha256(lines)}\n`,
    };
    const evaluated: Evaluated = {
      model: options.digest,
      data: await datasetFingerprint(
        judged.map(({ sample }) => sample),
        judged.map(({ hash }) => hash),
      ),
      files: Object.fromEntries(Object.entries(contents).map(([path, text]) => [path, sha256(text)])),
    };
    const metrics = { ...report, thresholds: calibration, heatMapScale, evaluated };
    contents['metrics.json'] = `${JSON.stringify(metrics, null, 2)}\n`;
    for (const [path, content] of Object.entries({ ...files, ...contents }))
      await writeFileAtomic(exchange.at(...path.split('/')), content);
    // from here on something is replaced
    release();
    await exchange.commit();
    return { report, calibration, scores };
  } finally {
    release();
    await exchange.drop();
  }
}

/** The results of judging, class after class. */
async function judgeAll(options: EvaluationOptions, viewer: ViewerFolder, onJudged: (count: number) => void) {
  const { dataset, io } = options;
  const judged: Judged[] = [];
  const perClass = byName<ClassMetrics>();
  const curves = byName<ClassCurves>();
  const calibration = byName<Calibration>();
  const scale = new ScaleFinder();
  const progress = new Progress(io);
  try {
    const byClass = groupedBy(dataset.test, ({ className }) => className);
    for (const name of dataset.classes) {
      const samples = byClass.get(name) ?? [];
      const found = await judgeClass(options, samples, viewer, (batch) => {
        judged.push(...batch);
        onJudged(judged.length);
        const [done, total] = [judged.length, dataset.test.length];
        progress.update({ done, total, label: `evaluating ${name}: picture ${done}/${total}` });
      });
      perClass[name] = found.metrics;
      curves[name] = found.curves;
      if (found.calibration) calibration[name] = found.calibration;
      scale.add(name, found);
    }
  } finally {
    progress.clear();
  }
  for (const line of leftOutNotes(judged)) say(io, line);
  const heatMapScale = scale.result(judged.every(({ sample }) => sample.label === 0));
  return { judged, perClass, curves, calibration, heatMapScale };
}

function scoreLine(
  { sample, score, blank, fit, lost, others }: Judged,
  calibration: Calibration | undefined,
  map: string,
  largestScore: number,
  distrust: string | undefined,
): ScoreLine {
  const doubts = [
    ...(blank ? [BLANK] : []),
    ...(lost ? [LOST] : []),
    ...fitDoubts(fit),
    ...others,
    ...(distrust === undefined ? [] : [distrust]),
  ];
  return {
    file: sample.id,
    class: sample.className,
    label: sample.label,
    defect: sample.defect,
    score,
    verdict: decide(score, sample.className, calibration, doubts, largestScore).verdict,
    map,
  };
}

/** The doubts about the classes whose self-test failed; undefined where none did. */
function distrusted(
  info: Pick<ModelInfo, 'areas' | 'selfTest' | 'calibration'>,
  classes: readonly string[],
): Record<string, string> | undefined {
  const found = classes.flatMap((name) => {
    const doubt = distrustOf(info, name);
    return doubt === undefined ? [] : [[name, doubt] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function requireUsable(dataset: Dataset, run: Run): void {
  const tested = new Set(dataset.test.map(({ className }) => className));
  for (const name of dataset.classes) {
    if (!tested.has(name)) {
      throw new UserError(
        `class "${name}" has no test pictures to evaluate on that the model was not trained on; add some to ${name}/test or exclude the class with --classes, ` +
          'or pass a folder with good/ and bad/ pictures with --data',
      );
    }
  }
  // a folder `viewer` with a viewer.json is recognised as ours even if metrics.json was removed
  const strange = existsSync(run.viewer) && !existsSync(join(run.viewer, 'viewer.json'));
  const taken = existsSync(run.maps) ? run.maps : strange ? run.viewer : undefined;
  if (taken !== undefined && !existsSync(run.metrics)) {
    throw new UserError(
      `--out: ${taken} exists and is not of an evaluation, which would replace it; give another folder`,
    );
  }
}

/**
 * Judges one class; `onJudged` gets its pictures batch by batch, in order. Full-size maps are not stored: when the metrics need
 * them again, they are recomputed from the small ones in the viewer's folder.
 */
async function judgeClass(
  { model, info, measurer, protocol, maxFalseRejects }: EvaluationOptions,
  samples: readonly Sample[],
  viewer: ViewerFolder,
  onJudged: (batch: Judged[]) => void,
): Promise<JudgedClass> {
  const { config } = model;
  const input = inputOf(config);
  const method = methodOf(config);
  const evaluation = new ExactEvaluation({ curvePoints: CURVE_POINTS });
  const measure = (
    sample: Sample,
    { map, width, height }: Pick<PictureMap, 'map' | 'width' | 'height'>,
    mask: GrayImage['data'] | undefined,
  ) => {
    // a defective picture without a mask counts for image figures, but not for pixel figures
    if (sample.hasMask !== false) evaluation.add({ map, mask, width, height });
  };
  const filed = ownValue(info.areas, samples[0]?.className ?? '');
  /** The judged part of a picture, where the model file has areas; they move with the part. */
  const areasOf = (size: Size, levels: LevelMap[], placing: Placing | undefined): PictureMap | undefined => {
    const mask = placing ? pictureMask(placing, size, { filed }) : sharedMask([filed], size);
    return mask && mapOfLevels(config, levels, size, mask);
  };
  const { locating } = info;
  const aligned = ({ image }: LoadedSample): Located | undefined =>
    locating && locate(image, locating, samples[0]!.className);
  const judged: Judged[] = [];
  const pixels: CalibrationPicture[] = [];
  /** The same with what says whether they set thresholds. */
  const setting: (CalibrationPicture & { seen: Pick<Judged, 'sample' | 'lost' | 'blank' | 'fit'> })[] = [];
  const pictures = ahead(samples, DECODED_AHEAD, (sample) => sample.load(input));
  const measured = inOrder(listsOf(pictures, BATCH), measurer.width, async (loaded) => {
    const located = loaded.map(aligned);
    const found = await measurer.measure(loaded.map(({ image }, i) => located[i]?.image ?? image));
    return { loaded, located: located.map(withoutPixels), found };
  });
  let next = 0;
  for await (const { loaded, located, found } of measured) {
    const part = samples.slice(next, (next += loaded.length));
    const batch: Judged[] = [];
    for (const [i, one] of soundOnly(found).entries()) {
      const sample = part[i]!;
      const { judged: own, lost, placing } = placedOrStill(config, one, located[i], filed);
      const { levels, score, map } = own;
      measure(sample, own, sample.label === 1 ? loaded[i]!.mask.data : undefined);
      const scored = { label: sample.label, score, thinned: thinned(map, one.width) };
      pixels.push(scored);
      const blank = isBlank(loaded[i]!.image);
      const hash = loaded[i]!.hash ?? (await sample.hash());
      const fit = fitOf(info, one.feature);
      setting.push({ ...scored, seen: { sample, lost, blank, fit } });
      // a folder whose name is no product of the model says nothing that a picture could contradict
      const isKnown = fit === 'yes' && info.classes.includes(sample.className);
      const others = isKnown ? productDoubts(info, sample.className, 'folder', one.feature) : [];
      const item = await viewer.add(sample, loaded[i]!, { levels, score, blank, fit, lost, doubts: others });
      batch.push({ sample, hash, score, blank, fit, lost, others, item, placing });
    }
    judged.push(...batch);
    onJudged(batch);
  }
  while (evaluation.endPass()) {
    const kept = ahead(judged, DECODED_AHEAD, async ({ sample, item, placing }) => ({
      sample,
      item,
      placing,
      levels: await viewer.levels(item),
      mask: await viewer.mask(item),
    }));
    for await (const { sample, item, placing, levels, mask } of kept) {
      const areas = areasOf(item, levels, placing);
      measure(sample, areas ?? pictureMap(method, levels, input, item, config.map), mask);
    }
  }
  const { metrics, curves } = evaluation.result();
  const good = pixels.filter(({ label }) => label === 0);
  return {
    metrics: { image: imageMetrics(pixels), pixel: noPixelFigures(samples) ?? metrics[protocol].pixel },
    curves: classCurves(curves.pixel),
    calibration: usable(
      calibrateClass(settingOnly(setting), maxFalseRejects === undefined ? {} : { maxFalseRejects }),
      method.largestScore(config),
    ),
    thinned: joined(pixels),
    low: quantile(joined(good.length > 0 ? good : pixels), LOW_QUANTILE),
  };
}

const NO_DEFECTIVE = 'there is no defective test picture to measure on';
const NO_MASK = 'no defective test picture has a mask that marks its defect';

/** The pixel figures where there is nothing to compare maps with; undefined where a defective picture has a mask. */
function noPixelFigures(samples: readonly Sample[]): ClassMetrics['pixel'] | undefined {
  const defective = samples.filter(({ label }) => label === 1);
  if (defective.some(({ hasMask }) => hasMask !== false)) return undefined;
  const none = { value: null, reason: defective.length === 0 ? NO_DEFECTIVE : NO_MASK };
  return { auroc: none, ap: none, f1max: none, aupro: none };
}

const NO_GOOD = 'there is no good test picture that the model was not trained on';

/** The image figures. Undefined with only good pictures, and with only defective ones: AP and F1 would be 1 for any model. */
function imageMetrics(
  pictures: readonly Pick<CalibrationPicture, 'label' | 'score'>[],
): ClassMetrics['image'] {
  const labels = pictures.map(({ label }) => label);
  if (!labels.includes(0) || !labels.includes(1)) {
    const none = { value: null, reason: labels.includes(0) ? NO_DEFECTIVE : NO_GOOD };
    return { auroc: none, ap: none, f1max: none };
  }
  const scores = pictures.map(({ score }) => score);
  return {
    auroc: auroc(scores, labels),
    ap: averagePrecision(scores, labels),
    f1max: f1Max(scores, labels),
  };
}

/** Computes the run's colour scale: colours show how far a pixel exceeds its class's good pictures, the same for all classes. */
export class ScaleFinder {
  readonly #low = byName<number>();
  /** Spans that put a class's threshold for defects half-way up. */
  readonly #spans: number[] = [];
  readonly #excess = new BinnedQuantile();

  add(
    name: string,
    { thinned, low, calibration }: Pick<JudgedClass, 'thinned' | 'low' | 'calibration'>,
  ): void {
    this.#low[name] = low;
    this.#excess.add(thinned.map((value) => value - low));
    if (calibration) this.#spans.push(2 * (calibration.reject - low));
  }

  result(onlyGood: boolean): RunScale {
    // with only good pictures the scale must not show their noise: the thresholds are half-way up
    const byThresholds = onlyGood && this.#spans.length > 0;
    const span = byThresholds ? Math.max(...this.#spans) : this.#excess.quantile(HIGH_QUANTILE);
    return { low: this.#low, span: Math.max(span, Number.EPSILON) };
  }
}

async function draw(
  judged: readonly Judged[],
  maps: MapFolder,
  viewer: ViewerFolder,
  config: DetectorConfig,
  progress: Progress,
): Promise<void> {
  const input = inputOf(config);
  try {
    let done = 0;
    const pictures = ahead(judged, DECODED_AHEAD, async ({ sample, item }) => ({
      sample,
      loaded: await sample.load(input),
      levels: await viewer.levels(item),
    }));
    for await (const { sample, loaded, levels } of pictures) {
      const { map } = pictureMap(methodOf(config), levels, input, loaded.image, config.map);
      await maps.add(sample, loaded, map);
      progress.update({ done: ++done, total: judged.length, label: 'drawing heat maps' });
    }
  } finally {
    progress.clear();
  }
}
