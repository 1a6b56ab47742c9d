import { FileError, orderOfWays, trainingOrder, type PictureWays } from '@pyramid-mamba/data';
import {
  inputOf,
  methodOf,
  partEnds,
  tileOf,
  NumericError,
  trainingPlan,
  type Detector,
  type LearnOptions,
  type Stepper,
  type TrainConfig,
  type TrainingEvent,
  type TrainingSession,
} from '@pyramid-mamba/model';
import { duration } from '@pyramid-mamba/runs';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import { UserError } from '../errors.js';
import { joined } from '../mpi/joined.js';
import { takeOneThread } from '../backend.js';
import { RankReplicas } from '../mpi/replicas.js';
import type { Run, RunConfig } from '../run/run.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { say, type Io } from '../terminal/io.js';
import { Progress } from '../terminal/progress.js';
import { plural } from '../text/plural.js';
import { typed } from '../text/shellWords.js';
import { writeLog, type RunCheckpoints } from './checkpoint.js';
import type { FeatureStore } from './features.js';
import type { TrainRequest } from './prepare.js';
import { Replicas } from './replicas.js';
import { EventFile } from './tensorboard.js';
import { openTextures } from './textures.js';

/** Continues from the run's checkpoint, where there is one. */
export async function restore(run: Run, session: TrainingSession, io: Io): Promise<void> {
  if (session.learner.by === 'bank') {
    say(io, `${titleOf(session.detector)} learns in one pass: it begins again`);
  } else if (await session.restore()) {
    await writeLog(run, session.state);
    say(io, `continuing after epoch ${session.state.epoch}, step ${session.state.step}`);
  } else say(io, `${run.folder} has no checkpoint yet: training starts from the beginning`);
}

/** Seconds between checkpoints of a training whose length is planned by time: its epochs may be long. */
const CHECKPOINT_EVERY = 30;

export interface Learning {
  request: TrainRequest;
  config: Omit<RunConfig, 'format'>;
  session: TrainingSession;
  checkpoints: RunCheckpoints;
  pictures: PictureWays;
  features: FeatureStore;
  /** What a user has besides the checkpoint when training is interrupted, half a sentence. */
  kept?: string | undefined;
  /** The length of the training is planned by the time that a step takes, unless it is known already. */
  plan?: { seconds: number; planned: (train: TrainConfig) => Promise<void> } | undefined;
}

/** Starts the other replicas, threads or the other processes of an MPI job, from the same state as this one: the seed, or the run's checkpoint. */
async function startReplicas({
  request,
  config,
  session,
  checkpoints,
  features,
}: Learning): Promise<Replicas | RankReplicas | undefined> {
  const { learner, state } = session;
  if (config.workers === 1 || learner.by !== 'steps') return undefined;
  const { detector, optimizer } = learner;
  const setup = {
    backend: config.backend,
    model: config.model,
    train: session.train,
    encoder: detector.encoder.weights,
    shapes: features.shapes,
  };
  if (joined.job) {
    const checkpoint = state.step > 0 ? ((await checkpoints.read()) ?? null) : null;
    return RankReplicas.start(joined.job.world, detector, optimizer, features, { ...setup, checkpoint });
  }
  return Replicas.start(detector, optimizer, features, {
    ...setup,
    count: config.workers,
    checkpoint: state.step > 0 ? request.run.checkpoint : null,
    cacheFolder: features.cache.folder,
    featureLength: features.cache.length,
    hashes: features.hashes,
  });
}

/** Says what is going to be learnt; returns false if nothing is left. */
function announce({ request, config, session, pictures, features }: Learning, io: Io): boolean {
  const { train } = session;
  if (session.learner.by === 'bank') {
    const read = plural(features.count, config.model.tiles ? 'tile' : 'picture');
    say(io, `training: ${titleOf(session.detector)} on ${read}, in one pass`);
    return true;
  }
  const count = pictures.ways.length;
  const { total, epochs, perEpoch } = trainingPlan(train, count, request.maxSteps);
  if (session.state.step >= total) {
    say(io, `training is complete: ${session.state.step} steps are done`);
    return false;
  }
  const detail = ` in ${epochs} epochs of ${perEpoch}, batch ${train.batchSize}, learning rate ${train.lr}`;
  say(io, `training: ${titleOf(session.detector)}, ${plural(total, 'step')}${request.verbose ? detail : ''}`);
  const cut = cutParts(train, count, total);
  if (cut !== undefined) say(io, cut);
  return true;
}

/** What a training loses that stops before the last of its parts is done, a sentence. */
function cutParts(train: TrainConfig, pictures: number, stop: number): string | undefined {
  const { total } = trainingPlan(train, pictures);
  if (!train.parts || stop >= total) return undefined;
  const [begin = 0] = partEnds(train.parts, total).slice(-2, -1);
  const done = Math.max(0, stop - begin);
  return (
    `note: the ${train.parts.length} parts of this training share ${total} steps, and it stops after ${stop}, so the last part has ${done === 0 ? 'none' : done} of its ${total - begin}: ` +
    'give fewer --epochs in place of --max-steps, and every part is shorter'
  );
}

export async function learn(learning: Learning, io: Io): Promise<void> {
  const { request, config, session, checkpoints, pictures, features, plan, kept } = learning;
  const { run, maxSteps } = request;
  const { train } = config;
  const count = pictures.ways.length;
  const unplanned = plan !== undefined && train.steps === undefined;
  if (!unplanned && !announce(learning, io)) return;
  const bySteps = session.learner.by === 'steps';
  const events = bySteps ? await EventFile.begin(run.events, session.state.history) : undefined;
  const replicas = await startReplicas(learning);
  const giveBackThreads = replicas && (await takeOneThread());
  const first = session.state.step;
  const progress = new Progress(io, first);
  const begun = performance.now();
  let last = NaN;
  checkpoints.follow(session.state);
  const takeBack = onInterrupt(io, () => {
    const next = `continue with \`pyramid-mamba train --out ${typed(run.folder)} --resume\``;
    if (!bySteps) return `stopped: there is no model yet; ${next}`;
    const saved = checkpoints.kept ?? 'there is no checkpoint yet';
    return `stopped at step ${session.state.step}: ${kept === undefined ? '' : `${kept}; `}${saved}; ${next}`;
  });
  try {
    const options = {
      // an epoch has one way of each picture, which `order` draws; one pass reads all of them
      batches: {
        count: bySteps ? count : features.count,
        batch: (indices: readonly number[]) => features.batch(indices),
        pictures: (indices: readonly number[]) => features.pictures(indices),
        ...(train.textures !== undefined && {
          textures: await openTextures(train.textures, tileOf(config.model)),
        }),
        ...(inputOf(config.model).fit === 'pad' && {
          sizes: (indices: readonly number[]) => features.sizes(indices),
        }),
      },
      order: orderOfWays(trainingOrder(count, train.batchSize, train.seed), pictures, train.seed),
      step: replicas && ((...[indices, step, lr]: Parameters<Stepper>) => replicas.step(indices, step, lr)),
      maxSteps,
      checkpointEvery: plan ? CHECKPOINT_EVERY : 0,
      hear: async (event: TrainingEvent) => {
        if (event.kind === 'epoch') await events?.add(event.record);
        if (event.kind === 'fitting') {
          progress.update({ done: event.share, total: 1, label: `training: ${event.doing}` });
        }
        if (event.kind === 'measuring')
          progress.update({
            done: 0,
            total: 0,
            label: `training: measuring step ${event.step} to plan the time`,
          });
        if (event.kind !== 'step') return;
        last = event.loss;
        progress.update({
          done: event.step,
          total: event.total,
          label: `training: step ${event.step} of ${event.total}`,
          ...(request.verbose && {
            detail: `epoch ${event.epoch}/${event.epochs}, loss ${event.loss.toFixed(4)}, ${event.imagesPerSecond.toFixed(1)} images/s`,
          }),
        });
      },
    } satisfies LearnOptions;
    if (unplanned) {
      const planned = await session.plan(plan.seconds, options);
      if (planned) {
        await plan.planned(planned);
        progress.line(`planned: ${plural(planned.steps!, 'step')}, about ${duration(plan.seconds)} in all`);
      }
      progress.clear();
      announce(learning, io);
    }
    await session.learn(options);
  } catch (error) {
    throw withNextStep(error, run, bySteps ? session.state.step : undefined, checkpoints.kept);
  } finally {
    takeBack();
    await replicas?.stop();
    await giveBackThreads?.();
    progress.clear();
  }
  const took = duration((performance.now() - begun) / 1000);
  const done = session.state.step - first;
  say(
    io,
    bySteps
      ? `trained ${plural(done, 'step')} in ${took}${request.verbose ? `, last loss ${last.toFixed(4)}` : ''}`
      : `trained in ${took}`,
  );
}

/** The method's name for people. */
const titleOf = (detector: Detector): string => methodOf(detector).title;

/** Adds to an error the state of the run and how to continue. */
function withNextStep(
  error: unknown,
  run: Run,
  step: number | undefined,
  saved: string | undefined,
): unknown {
  const where = step === undefined ? run.folder : `step ${step + 1} of ${run.folder}`;
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
