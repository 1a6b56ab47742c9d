import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { datasetFingerprint, type Dataset } from '@pyramid-mamba/data';
import { locatedSamples, trainingParts } from '@pyramid-mamba/inspect';
import {
  encoderFingerprint,
  featureLength,
  featureShapes,
  methodOf,
  tileOf,
  type Detector,
  type Locating,
  type ProductAreas,
} from '@pyramid-mamba/model';
import { pickBackend, type BackendName } from '../backend.js';
import { UserError } from '../errors.js';
import { joined, workersOfJob } from '../mpi/joined.js';
import { pictureHashes, requireClasses } from '../run/dataset.js';
import type { Run, RunConfig } from '../run/run.js';
import { requireEmpty } from '../run/strange.js';
import { defaultWorkers, type Settings } from '../settings/settings.js';
import { requireShareable } from '../threads/count.js';
import type { Judging } from '../threads/judging.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { say, type Io } from '../terminal/io.js';
import { Progress } from '../terminal/progress.js';
import { plural } from '../text/plural.js';
import { versions } from '../version.js';
import { loadEncoder } from '../weights/encoderSource.js';
import { FeatureCache, featureKeyOf, requireOwnCache, sweepFeatures } from './featureCache.js';
import { openFeatures, type FeatureStore } from './features.js';

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
  /** Show epochs, loss and speed. */
  verbose?: boolean | undefined;
  maxSteps?: number | undefined;
  /** The share of good pictures that may be judged NG; by default as `calibrate` of the metrics. */
  maxFalseRejects?: number | undefined;
  /** The judged part of each class's pictures; by default all of them. */
  areas?: Record<string, ProductAreas> | undefined;
  /** How the part is found in each picture before it is learnt, tested or judged; by default pictures are taken as they are. */
  locating?: Locating | undefined;
  /** Threads that encode and judge pictures; undefined chooses. */
  judges?: number | undefined;
  /** Seconds to train for, from which the number of steps is planned; undefined: the length that the settings say. */
  trainFor?: number | undefined;
  /** Called before the model is written, with the seconds that learning took, those before a resume included, features and thresholds not. */
  learnt?: ((seconds: number) => Promise<void>) | undefined;
}

/** What the trainings of one command share. */
export type Sources = Awaited<ReturnType<typeof openSources>>;
/** The inputs of a training: its settings as in `config.json`, and their sources. */
export type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Throws a UserError where the folder holds another run, or other files, and where there is nothing to train on. */
export async function requireStartable({
  run,
  resume,
  overwrite,
  dataset,
  data,
}: Pick<TrainRequest, 'run' | 'resume' | 'overwrite' | 'dataset' | 'data'>): Promise<void> {
  if (run.exists() && !resume && !overwrite) {
    throw new UserError(
      `--out: ${run.folder} already contains a run; continue it with --resume, replace it with --overwrite, or pass another folder`,
    );
  }
  // only one of our runs may be removed
  if (overwrite && run.exists()) await run.readConfig();
  if (!run.exists()) await requireEmpty(run.folder);
  if (dataset.train.length === 0) {
    throw new UserError(`${data}: no training pictures were found; put some into <class>/train/good`);
  }
}

/** Starts the backend and loads the encoder. */
export async function openSources(
  request: Pick<TrainRequest, 'backend' | 'encoderFile'>,
  { model, train }: Settings,
) {
  const backend = await pickBackend(request.backend);
  const encoder = await loadEncoder(request.encoderFile, model.encoder, train);
  return { backend, encoder };
}

/** `sources` where they are open already. */
export async function prepare(request: TrainRequest, sources?: Sources) {
  const { dataset, locating } = request;
  const rotated = request.settings.train.augmentRotations ?? [];
  requireClasses('--augment-rotations', dataset, rotated);
  const { backend, encoder } = sources ?? (await openSources(request, request.settings));

  const fingerprint = encoderFingerprint(encoder.weights);
  const model = { ...request.settings.model, encoder: encoder.config };
  const pictures = trainingParts(locatedSamples(dataset.train, locating), rotated, model);
  const hashes = await pictureHashes(pictures.samples);
  // of the pictures themselves, which `samples` begins with unless they are tiles, or aligned
  const ownHashes =
    model.tiles || locating ? await pictureHashes(dataset.train) : hashes.slice(0, dataset.train.length);
  const config: Omit<RunConfig, 'format'> = {
    preset: request.preset,
    data: request.data,
    classes: dataset.classes,
    trainingPictures: dataset.train.length,
    dataFingerprint: await datasetFingerprint(dataset.train, ownHashes),
    heldBack: [...request.heldBack],
    encoder: { file: request.encoderFile, ...encoder.config, fingerprint },
    backend: backend.request,
    workers: workersOf(request, backend.name),
    model,
    train: request.settings.train,
    versions: versions(),
    ...(request.maxFalseRejects !== undefined && { maxFalseRejects: request.maxFalseRejects }),
    ...(request.areas && { areas: request.areas }),
    ...(locating && { locate: locating.by }),
  };
  // processes have an engine each
  if (!joined.job) requireShareable(config.workers, backend);
  return { config, encoder, backend, pictures, hashes, pictureHashes: ownHashes };
}

/** Replicas that train together: threads, or the processes of an MPI job. */
function workersOf({ settings }: TrainRequest, backend: BackendName): number {
  const { job } = joined;
  const { needs, title } = methodOf(settings.model);
  // replicas share features through the cache, and pictures are read by one
  if (needs === 'pictures' && (job !== undefined || (settings.workers ?? 1) > 1))
    throw new UserError(
      `--workers: ${title} learns from pictures, which one process reads; omit --workers${job ? ' and mpirun' : ''}`,
    );
  if (job) return workersOfJob(job, settings.workers);
  return settings.workers ?? defaultWorkers(backend, settings.model);
}

/** Says where a resumed run goes on with another backend. */
export function noteOtherBackend(
  before: Pick<RunConfig, 'backend'> | undefined,
  backend: string,
  io: Io,
): void {
  if (before && before.backend !== backend)
    say(io, `note: the run was started on ${before.backend}; on ${backend} the last digits will differ`);
}

/** The features of the training pictures, computed where the cache has none. */
export async function prepareFeatures(
  request: TrainRequest,
  { config, backend, pictures: { samples, ways }, hashes }: Prepared,
  model: Detector,
  io: Io,
  judging: Judging,
): Promise<FeatureStore> {
  const input = tileOf(model.config);
  const key = featureKeyOf(config.encoder.fingerprint, input, backend);
  const length = featureLength(featureShapes(model.encoder, input));
  requireOwnCache(request.cacheFolder);
  const root = join(request.cacheFolder, 'features');
  await sweepFeatures(root);
  const cache = new FeatureCache(join(root, key), length);
  const progress = new Progress(io);
  let computed = 0;
  const missing = hashes.filter((hash) => !existsSync(cache.path(hash))).length;
  const takeBack = onInterrupt(
    io,
    () =>
      'stopped: the features computed so far stay in the cache, and the same command continues from there',
  );
  try {
    const judges = await judging.encodersOf(model, missing);
    const features = await openFeatures({
      encoder: model.encoder,
      samples,
      hashes,
      input,
      cache,
      ...(judges && {
        width: judges.width,
        encode: (picture, where) => judges.encode(picture, input, where),
      }),
      onPicture(done, made) {
        computed = made;
        progress.update({ done, total: samples.length, label: `encoding picture ${done}/${samples.length}` });
      },
    });
    const turned = samples.length - ways.length;
    const { train, classes } = request.dataset;
    progress.line(
      `features: ${train.length} training pictures of ${plural(classes.length, 'class', 'classes')}, ` +
        (ways.length > train.length ? `in ${ways.length} tiles, ` : '') +
        (turned > 0 ? `${turned} more by rotating and mirroring, ` : '') +
        `${computed} encoded, ${samples.length - computed} from the cache`,
    );
    return features;
  } finally {
    takeBack();
    progress.clear();
  }
}
