import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@pyramid-mamba/data';
import {
  datasetFingerprint,
  FileError,
  orderOfWays,
  pictureWays,
  trainingOrder,
  type PictureWays,
} from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { notLearnt } from '@pyramid-mamba/inspect';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import {
  classPrototypes,
  encoderFingerprint,
  featureLength,
  featureShapes,
  inputOf,
  FormatError,
  freshState,
  iterationsPerEpoch,
  stepper,
  NumericError,
  Optimizer,
  preprocessingOf,
  PyramidMamba,
  saveModel,
  Speed,
  trainLoop,
  type Calibration,
  type Stepper,
  type TrainingState,
} from '@pyramid-mamba/model';
import { pickBackend } from '../backend.js';
import { calibrateByHeldBack } from './calibrate.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
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
import { weightsDigest } from '../evaluation/thresholdsKept.js';
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

  const model = PyramidMamba.create(config.model, encoder.weights, config.train);
  const optimizer = new Optimizer(model.trainable(), config.train);
  try {
    const features = await prepareFeatures(
      request,
      pictures,
      hashes,
      model,
      featureKey(config.encoder.fingerprint, inputOf(config.model), backend.name),
      io,
    );
    if (replaced) await run.clear();
    await run.sweep();
    if (!before) await run.writeConfig(config);
    const state = before ? await loadState(run, model, optimizer, io) : freshState();
    await learn({ request, config, model, optimizer, pictures, features, state }, io);
    const { step, epoch } = state;
    const calibration = await setThresholds(request, model, io);
    const bytes = await saveModel(model, {
      classes: config.classes,
      ...(Object.keys(calibration).length > 0 ? { calibration } : {}),
      prototypes: await classPrototypes(
        config.classes,
        dataset.train.map(({ className }) => className),
        (indices) => features.batch(indices),
      ),
      preprocessing: preprocessingOf(model.config),
      fingerprint: config.dataFingerprint,
      training: {
        preset: config.preset,
        ...config.train,
        steps: step,
        epochsDone: epoch,
        pictures: trainedPictures(hashes.slice(0, dataset.train.length)),
      },
    });
    if (await isSameModel(run.model, bytes)) {
      say(io, `model: ${run.model} (unchanged, with its thresholds)`);
    } else {
      await writeFileAtomic(run.model, bytes);
      say(io, `model: ${run.model}`);
    }
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** Whether a file contains the weights of the trained model: resuming a complete training does not change thresholds. */
async function isSameModel(path: string, bytes: Uint8Array): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    return weightsDigest(await readUserFile(path, 'train'), path) === weightsDigest(bytes, path);
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
    workers: request.settings.workers ?? defaultWorkers(backend.name),
    model: { ...request.settings.model, encoder: encoder.config },
    train: request.settings.train,
    versions: versions(),
  };
  return { config, encoder, backend, pictures, hashes };
}

/** Thresholds from the held-back pictures, printed one line per class. */
async function setThresholds(
  { dataset, heldBack }: TrainRequest,
  model: PyramidMamba,
  io: Io,
): Promise<Record<string, Calibration>> {
  const ids = new Set(heldBack);
  // the data set may have a validation split for this
  const samples = [...dataset.test.filter(({ id }) => ids.has(id)), ...(dataset.validation ?? [])];
  const progress = new Progress(io);
  const found = await calibrateByHeldBack(model, samples, (done) =>
    progress.update({ done, total: samples.length, label: `setting thresholds ${done}/${samples.length}` }),
  ).finally(() => progress.clear());
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
  model: PyramidMamba,
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

async function loadState(
  run: Run,
  model: PyramidMamba,
  optimizer: Optimizer,
  io: Io,
): Promise<TrainingState> {
  if (!existsSync(run.checkpoint)) {
    say(io, `${run.folder} has no checkpoint yet: training starts from the beginning`);
    return freshState();
  }
  const state = await loadCheckpoint(run.checkpoint, model, optimizer);
  await writeLog(run, state);
  say(io, `continuing after epoch ${state.epoch}, step ${state.step}`);
  return state;
}

// rewritten completely each time: a line is never incomplete, and a resumed run never shows an epoch twice
async function writeLog(run: Run, { history }: TrainingState): Promise<void> {
  await writeFileAtomic(run.log, history.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

interface Learning {
  request: TrainRequest;
  config: Omit<RunConfig, 'format'>;
  model: PyramidMamba;
  optimizer: Optimizer;
  pictures: PictureWays;
  features: FeatureStore;
  state: TrainingState;
}

/** Starts the other replicas from the same state as this one: the seed, or the run's checkpoint. */
function startReplicas({ request, config, model, optimizer, features, state }: Learning): Promise<Replicas> {
  return Replicas.start(model, optimizer, features, {
    count: config.workers,
    backend: config.backend,
    model: config.model,
    train: config.train,
    encoder: model.encoder.weights,
    checkpoint: state.step > 0 ? request.run.checkpoint : null,
    cacheFolder: features.cache.folder,
    featureLength: features.cache.length,
    shapes: features.shapes,
    hashes: features.hashes,
  });
}

async function learn(learning: Learning, io: Io): Promise<void> {
  const { request, config, model, optimizer, pictures, features, state } = learning;
  const { run, maxSteps } = request;
  const { train } = config;
  const count = pictures.ways.length;
  const perEpoch = iterationsPerEpoch(count, train.batchSize);
  const total = Math.min(maxSteps ?? Infinity, perEpoch * train.epochs);
  const epochs = Math.ceil(total / perEpoch);
  if (state.step < total) {
    say(
      io,
      `training: ${total} steps in ${epochs} epochs of ${perEpoch}, batch ${train.batchSize}, learning rate ${train.lr}`,
    );
  } else {
    say(io, `training is complete: ${state.step} steps are done`);
    return;
  }
  const events = await EventFile.begin(run.events, state.history);
  const replicas = config.workers > 1 ? await startReplicas(learning) : undefined;
  const progress = new Progress(io, state.step);
  const begun = performance.now();
  const speed = new Speed();
  const first = state.step;
  let last = NaN;
  // epochs in the checkpoint on disk: writing the next one may have failed
  let kept = state.history.length;
  const takeBack = onInterrupt(io, () => {
    const saved = kept > 0 ? `the checkpoint after epoch ${kept} is kept` : 'there is no checkpoint yet';
    return `stopped at step ${state.step}: ${saved}; continue with \`pyramid-mamba train --out ${typed(run.folder)} --resume\``;
  });
  try {
    const step: Stepper = replicas
      ? (...args) => replicas.step(...args)
      : stepper(model, optimizer, train, features);
    await trainLoop({
      train,
      count,
      order: orderOfWays(trainingOrder(count, train.batchSize, train.seed), pictures, train.seed),
      step,
      state,
      maxSteps,
      onStep({ loss, images }) {
        last = loss;
        progress.update({
          done: state.step,
          total,
          label: `training: step ${state.step} of ${total}`,
          detail: `epoch ${state.epoch + 1}/${epochs}, loss ${loss.toFixed(4)}, ${speed.after(images).toFixed(1)} images/s`,
        });
      },
      async onCheckpoint(record) {
        await saveCheckpoint(run.checkpoint, model, optimizer, state);
        kept = state.history.length;
        await writeLog(run, state);
        if (record) await events.add(record);
      },
    });
  } catch (error) {
    throw withNextStep(error, run, state.step, kept);
  } finally {
    takeBack();
    await replicas?.stop();
    progress.clear();
  }
  const seconds = (performance.now() - begun) / 1000;
  say(io, `trained ${state.step - first} steps in ${duration(seconds)}, last loss ${last.toFixed(4)}`);
}

/** Adds to an error the state of the run and how to continue. */
function withNextStep(error: unknown, run: Run, step: number, kept: number): unknown {
  const saved = kept > 0 ? `the checkpoint after epoch ${kept} is kept` : undefined;
  const engine = engineErrorOf(error);
  if (engine) {
    const next = saved
      ? `${saved}: continue with --resume`
      : 'There is no checkpoint yet: start again with --resume';
    return new UserError(
      `step ${step + 1} of ${run.folder}: ${engine.message} ${next[0]!.toUpperCase()}${next.slice(1)}`,
      { cause: error },
    );
  }
  if (error instanceof FileError && saved) {
    return new UserError(`${error.message}; ${saved}: then add --resume`, { cause: error });
  }
  if (error instanceof NumericError) {
    const where = `step ${step + 1} of ${run.folder}`;
    return new UserError(`${where}: ${error.message}${saved ? `; ${saved}` : ''}`, { cause: error });
  }
  return error;
}
