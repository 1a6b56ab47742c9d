import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset, Sample } from '@pyramid-mamba/data';
import {
  datasetFingerprint,
  FileError,
  orderOfWays,
  pictureWays,
  trainingOrder,
  type PictureWays,
} from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { calibrate, notLearnt } from '@pyramid-mamba/inspect';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import {
  encoderFingerprint,
  featureLength,
  featureShapes,
  FormatError,
  inputOf,
  methodOf,
  NumericError,
  trainingPlan,
  TrainingSession,
  type Calibration,
  type Detector,
} from '@pyramid-mamba/model';
import { pickBackend } from '../backend.js';
import { RunCheckpoints, writeLog } from './checkpoint.js';
import { pictureHashes, requireClasses } from '../run/dataset.js';
import { loadEncoder, readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { FeatureCache, featureKey, requireOwnCache } from './featureCache.js';
import { openFeatures, type FeatureStore } from './features.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { plural } from '../text/plural.js';
import { duration } from '@pyramid-mamba/runs';
import { Progress } from '../terminal/progress.js';
import { typed } from '../text/shellWords.js';
import { Replicas } from './replicas.js';
import { requireSameRun, Run, type RunConfig } from '../run/run.js';
import { defaultWorkers, SINGLE_REPLICA, type Settings } from '../settings/settings.js';
import { EventFile } from './tensorboard.js';
import { thresholdLine } from '../text/thresholdLine.js';
import { isSameModel } from '../evaluation/thresholdsKept.js';
import { trainedPictures } from '../evaluation/unseen.js';
import { versions } from '../version.js';
import { requireEmpty } from '../run/strange.js';

/** One training run with all settings resolved. */
export interface TrainRequest {
  run: Run;
  /** In the form of `dataLocation`. */
  data: string;
  dataset: Dataset;
  /** Ids of the held-back good pictures, which are among the test pictures of `dataset` and set the thresholds. */
  heldBack: readonly string[];
  preset: string;
  settings: Settings;
  encoderFile: string | null;
  backend: string;
  cacheFolder: string;
  /** Continue the run in the folder instead of starting one. */
  resume: boolean;
  /** Remove the run in the folder once the new one is ready to start. */
  overwrite: boolean;
  maxSteps?: number | undefined;
}

/**
 * Trains a model, leaving `config.json`, `train.jsonl`, `checkpoint/` and, at the end, `model.safetensors` in the run's
 * folder. All tensors are disposed when the promise settles.
 */
export async function train(request: TrainRequest, io: Io): Promise<void> {
  const { run, dataset, resume } = request;
  if (run.exists() && !resume && !request.overwrite) {
    throw new UserError(
      `--out: ${run.folder} already contains a run; continue it with --resume, replace it with --overwrite, or pass another folder`,
    );
  }
  // only one of our runs may be removed
  const replaced = request.overwrite && run.exists() ? await run.readConfig() : undefined;
  if (!run.exists()) await requireEmpty(run.folder);
  if (dataset.train.length === 0) {
    throw new UserError(`${request.data}: no training pictures were found; put some into <class>/train/good`);
  }
  const { config, encoder, backend, pictures, hashes } = await prepare(request);
  say(io, backend.line);
  say(io, encoder.line);
  const before = resume ? await run.readConfig() : undefined;
  if (before) requireSameRun(run.folder, before, config);
  if (before && before.backend !== backend.request) {
    say(
      io,
      `note: the run was started on ${before.backend}; on ${backend.request} the last digits will differ`,
    );
  }
  if (SINGLE_REPLICA.includes(backend.name) && config.workers > 1) {
    const engine = backend.name === 'tensorflow' ? 'one TensorFlow, which uses all cores itself' : 'one GPU';
    throw new UserError(
      `--workers: ${config.workers} threads cannot share ${engine}; with --backend ${backend.request} use 1`,
    );
  }

  const checkpoints = new RunCheckpoints(run);
  const session = new TrainingSession({
    config: config.model,
    encoder: encoder.weights,
    train: config.train,
    checkpoints,
  });
  try {
    const features = await prepareFeatures(
      request,
      pictures,
      hashes,
      session.detector,
      featureKey(config.encoder.fingerprint, inputOf(config.model), backend.name),
      io,
    );
    // before training: afterwards a picture that has gone would cost the model
    const trained = await rememberPictures(dataset.train, hashes.slice(0, dataset.train.length), io);
    if (replaced) await run.clear();
    await run.sweep();
    if (!before) await run.writeConfig(config);
    if (before) await restore(run, session, io);
    await learn({ request, config, session, checkpoints, pictures, features }, io);
    const { bytes } = await session.finish({
      classes: config.classes,
      batches: features,
      classOf: dataset.train.map(({ className }) => className),
      thresholds: (model) => setThresholds(request, model, io),
      fingerprint: config.dataFingerprint,
      preset: config.preset,
      about: { ...trained },
    });
    if (await hasModel(run.model, bytes)) {
      say(io, `model: ${run.model} (unchanged, with its thresholds)`);
    } else {
      await writeFileAtomic(run.model, bytes);
      say(io, `model: ${run.model}`);
    }
  } finally {
    session.dispose();
  }
}

/** The digests by which `evaluate` recognises training pictures. */
async function rememberPictures(samples: readonly Sample[], hashes: readonly string[], io: Io) {
  const progress = new Progress(io);
  try {
    return await trainedPictures(samples, hashes, (done, total) =>
      progress.update({ done, total, label: `reading picture ${done}/${total}` }),
    );
  } finally {
    progress.clear();
  }
}

/** Whether a file contains the trained model, with whatever thresholds: resuming a complete training does not change thresholds. */
async function hasModel(path: string, bytes: Uint8Array): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    return isSameModel(await readUserFile(path, 'train'), bytes, path);
  } catch (error) {
    // a damaged file is replaced
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** The inputs of a training: its settings as in `config.json`, and their sources. */
export async function prepare(request: TrainRequest) {
  const { dataset } = request;
  const rotated = request.settings.train.augmentRotations ?? [];
  requireClasses('--augment-rotations', dataset, rotated);
  const backend = await pickBackend(request.backend);
  const encoder = await loadEncoder(
    request.encoderFile,
    request.settings.model.encoder,
    request.settings.train,
  );

  const fingerprint = encoderFingerprint(encoder.weights);
  const pictures = pictureWays(dataset.train, rotated);
  const hashes = await pictureHashes(pictures.samples);
  const config: Omit<RunConfig, 'format'> = {
    preset: request.preset,
    data: request.data,
    classes: dataset.classes,
    trainingPictures: dataset.train.length,
    dataFingerprint: await datasetFingerprint(dataset.train, hashes.slice(0, dataset.train.length)),
    heldBack: [...request.heldBack],
    encoder: { file: request.encoderFile, ...encoder.config, fingerprint },
    backend: backend.request,
    workers: request.settings.workers ?? defaultWorkers(backend.name, request.settings.model),
    model: { ...request.settings.model, encoder: encoder.config },
    train: request.settings.train,
    versions: versions(),
  };
  return { config, encoder, backend, pictures, hashes };
}

/** Pictures judged together to set the thresholds. */
const JUDGED_TOGETHER = 8;

/** Thresholds from the held-back pictures, printed one line per class. */
async function setThresholds(
  { dataset, heldBack }: TrainRequest,
  model: Detector,
  io: Io,
): Promise<Record<string, Calibration>> {
  const ids = new Set(heldBack);
  // the data set may have a validation split for this
  const samples = [...dataset.test.filter(({ id }) => ids.has(id)), ...(dataset.validation ?? [])];
  const progress = new Progress(io);
  const input = inputOf(model.config);
  const unseen = samples.map((sample) => ({
    className: sample.className,
    label: sample.label,
    load: async () => (await sample.load(input)).image,
  }));
  const { calibration: found } = await calibrate(model, unseen, {
    next: NEXT,
    batch: JUDGED_TOGETHER,
    onPicture: (done) =>
      progress.update({ done, total: samples.length, label: `setting thresholds ${done}/${samples.length}` }),
  }).finally(() => progress.clear());
  for (const [name, calibration] of Object.entries(found)) say(io, thresholdLine(name, calibration));
  const judged = new Set(samples.map(({ className }) => className));
  const unusable = dataset.classes.filter((name) => judged.has(name) && !Object.hasOwn(found, name));
  if (unusable.length > 0) say(io, `note: ${notLearnt(unusable, NEXT)}`);
  const without = dataset.classes.filter((name) => !judged.has(name));
  const tested = new Set(dataset.test.filter(({ label }) => label === 0).map(({ className }) => className));
  const later = without.filter((name) => tested.has(name));
  const never = without.filter((name) => !tested.has(name));
  if (later.length > 0) {
    say(
      io,
      `note: no thresholds for ${later.join(', ')} yet, so no verdicts: \`evaluate\` sets them from the test pictures`,
    );
  }
  if (never.length > 0) {
    say(
      io,
      `note: no thresholds for ${never.join(', ')}, so no verdicts: all good pictures were trained on; thresholds need good pictures ` +
        'that were not: put some into test/good and run `evaluate`, or train again with at least four per class',
    );
  }
  return found;
}

async function prepareFeatures(
  request: TrainRequest,
  { samples, ways }: PictureWays,
  hashes: readonly string[],
  model: Detector,
  key: string,
  io: Io,
): Promise<FeatureStore> {
  const input = inputOf(model.config);
  const length = featureLength(featureShapes(model.encoder, input));
  requireOwnCache(request.cacheFolder);
  const cache = new FeatureCache(join(request.cacheFolder, 'features', key), length);
  const progress = new Progress(io);
  let computed = 0;
  const takeBack = onInterrupt(
    io,
    () =>
      'stopped: the features computed so far stay in the cache, and the same command continues from there',
  );
  try {
    const features = await openFeatures({
      encoder: model.encoder,
      samples,
      hashes,
      input,
      cache,
      onPicture(done, made) {
        computed = made;
        progress.update({ done, total: samples.length, label: `encoding picture ${done}/${samples.length}` });
      },
    });
    const turned = samples.length - ways.length;
    progress.line(
      `features: ${ways.length} training pictures of ${plural(request.dataset.classes.length, 'class', 'classes')}, ` +
        (turned > 0 ? `${turned} more by rotating and mirroring, ` : '') +
        `${computed} encoded, ${samples.length - computed} from the cache`,
    );
    return features;
  } finally {
    takeBack();
    progress.clear();
  }
}

/** Continues from the run's checkpoint, where there is one. */
async function restore(run: Run, session: TrainingSession, io: Io): Promise<void> {
  if (session.learner.by === 'bank') {
    say(io, `${titleOf(session.detector)} learns in one pass: it begins again`);
  } else if (await session.restore()) {
    await writeLog(run, session.state);
    say(io, `continuing after epoch ${session.state.epoch}, step ${session.state.step}`);
  } else say(io, `${run.folder} has no checkpoint yet: training starts from the beginning`);
}

interface Learning {
  request: TrainRequest;
  config: Omit<RunConfig, 'format'>;
  session: TrainingSession;
  checkpoints: RunCheckpoints;
  pictures: PictureWays;
  features: FeatureStore;
}

/** Starts the other replicas from the same state as this one: the seed, or the run's checkpoint. */
async function startReplicas({
  request,
  config,
  session,
  features,
}: Learning): Promise<Replicas | undefined> {
  const { learner, state } = session;
  if (config.workers === 1 || learner.by !== 'steps') return undefined;
  return Replicas.start(learner.detector, learner.optimizer, features, {
    count: config.workers,
    backend: config.backend,
    model: config.model,
    train: config.train,
    encoder: learner.detector.encoder.weights,
    checkpoint: state.step > 0 ? request.run.checkpoint : null,
    cacheFolder: features.cache.folder,
    featureLength: features.cache.length,
    shapes: features.shapes,
    hashes: features.hashes,
  });
}

/** Says what is going to be learnt; returns false if nothing is left. */
function announce({ request, config, session, pictures, features }: Learning, io: Io): boolean {
  const { train } = config;
  if (session.learner.by === 'bank') {
    const read = plural(features.count, 'picture', 'pictures');
    say(io, `training: ${titleOf(session.detector)} on ${read}, in one pass`);
    return true;
  }
  const count = pictures.ways.length;
  const { total, epochs, perEpoch } = trainingPlan(train, count, request.maxSteps);
  if (session.state.step >= total) {
    say(io, `training is complete: ${session.state.step} steps are done`);
    return false;
  }
  say(
    io,
    `training: ${total} steps in ${epochs} epochs of ${perEpoch}, batch ${train.batchSize}, learning rate ${train.lr}`,
  );
  return true;
}

async function learn(learning: Learning, io: Io): Promise<void> {
  const { request, config, session, checkpoints, pictures, features } = learning;
  const { run, maxSteps } = request;
  const { train } = config;
  const count = pictures.ways.length;
  if (!announce(learning, io)) return;
  const bySteps = session.learner.by === 'steps';
  const events = bySteps ? await EventFile.begin(run.events, session.state.history) : undefined;
  const replicas = await startReplicas(learning);
  const first = session.state.step;
  const progress = new Progress(io, first);
  const begun = performance.now();
  let last = NaN;
  checkpoints.epochs = session.state.history.length;
  const takeBack = onInterrupt(io, () => {
    const next = `continue with \`pyramid-mamba train --out ${typed(run.folder)} --resume\``;
    if (!bySteps) return `stopped: nothing is learnt yet; ${next}`;
    const { epochs } = checkpoints;
    const saved = epochs > 0 ? `the checkpoint after epoch ${epochs} is kept` : 'there is no checkpoint yet';
    return `stopped at step ${session.state.step}: ${saved}; ${next}`;
  });
  try {
    await session.learn({
      // an epoch has one way of each picture, which `order` draws; one pass reads all of them
      batches: {
        count: bySteps ? count : features.count,
        batch: (indices) => features.batch(indices),
        ...(inputOf(config.model).fit === 'pad' && { sizes: (indices) => features.sizes(indices) }),
      },
      order: orderOfWays(trainingOrder(count, train.batchSize, train.seed), pictures, train.seed),
      step: replicas && ((...args) => replicas.step(...args)),
      maxSteps,
      hear: async (event) => {
        if (event.kind === 'epoch') await events?.add(event.record);
        if (event.kind === 'fitting') {
          progress.update({ done: event.share, total: 1, label: `training: ${event.doing}` });
        }
        if (event.kind !== 'step') return;
        last = event.loss;
        progress.update({
          done: event.step,
          total: event.total,
          label: `training: step ${event.step} of ${event.total}`,
          detail: `epoch ${event.epoch}/${event.epochs}, loss ${event.loss.toFixed(4)}, ${event.imagesPerSecond.toFixed(1)} images/s`,
        });
      },
    });
  } catch (error) {
    throw withNextStep(error, run, bySteps ? session.state.step : undefined, checkpoints.epochs);
  } finally {
    takeBack();
    await replicas?.stop();
    progress.clear();
  }
  const took = duration((performance.now() - begun) / 1000);
  const done = session.state.step - first;
  say(io, bySteps ? `trained ${done} steps in ${took}, last loss ${last.toFixed(4)}` : `trained in ${took}`);
}

/** The method's name for people. */
const titleOf = (detector: Detector): string => methodOf(detector).title;

/** Adds to an error the state of the run and how to continue. */
function withNextStep(error: unknown, run: Run, step: number | undefined, kept: number): unknown {
  const where = step === undefined ? run.folder : `step ${step + 1} of ${run.folder}`;
  const saved = kept > 0 ? `the checkpoint after epoch ${kept} is kept` : undefined;
  const engine = engineErrorOf(error);
  if (engine) {
    const next = saved
      ? `${saved}: continue with --resume`
      : 'There is no checkpoint yet: start again with --resume';
    return new UserError(`${where}: ${engine.message} ${next[0]!.toUpperCase()}${next.slice(1)}`, {
      cause: error,
    });
  }
  if (error instanceof FileError && saved) {
    return new UserError(`${error.message}; ${saved}: then add --resume`, { cause: error });
  }
  if (error instanceof NumericError) {
    return new UserError(`${where}: ${error.message}${saved ? `; ${saved}` : ''}`, { cause: error });
  }
  return error;
}
