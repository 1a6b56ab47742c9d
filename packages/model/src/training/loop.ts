import * as tf from '@tensorflow/tfjs-core';
import { FormatError, NumericError } from '../errors.js';
import type { FeatureSource, GradientDetector, TrainingPictures } from '../methods/types.js';
import { randomStream } from '../random/streams.js';
import { alone, shares, type Communicator } from './communicator.js';
import type { TrainConfig } from './config.js';
import type { Optimizer } from './optimizer/optimizer.js';
import { iterationsPerEpoch, learningRate, trainingPlan } from './schedule.js';
import { stepContext } from './context.js';
import { trainStep } from './step.js';
import type { EpochRecord, TrainingState } from './state.js';

/** The results of one training step. */
export interface StepReport {
  loss: number;
  gradNorm: number;
}

/** Runs one training step on the pictures of these indices. `total`: steps of the whole training, for one of several parts. */
export type Stepper = (
  indices: readonly number[],
  step: number,
  lr: number,
  total?: number,
) => Promise<StepReport>;

export interface TrainLoopOptions {
  train: TrainConfig;
  /** Training pictures. */
  count: number;
  /**
   * The batches of an epoch, as picture indices: `iterationsPerEpoch` of them, a function of the epoch's number alone (the data
   * package's `batches`), so that a resumed run sees the same batches as an uninterrupted one.
   */
  order: (epoch: number) => readonly (readonly number[])[];
  step: Stepper;
  /** The starting position; updated in place during training. */
  state: TrainingState;
  /** Stop after this many steps since the start of training, at an epoch's end or not. */
  maxSteps?: number | undefined;
  /** Called after each step; training continues once the promise resolves, so that it can be paused. */
  onStep?: (
    report: StepReport & { lr: number; images: number; stepsInEpoch: number },
  ) => void | Promise<void>;
  /** Called after each step: true ends training, like `maxSteps`. */
  stopped?: () => boolean;
  /** Called at each epoch's end, and when `maxSteps` or `stopped` ends training, with `state` up to date. */
  onCheckpoint: (record: EpochRecord | undefined) => Promise<void>;
  /** Seconds; tests may pass their own clock. */
  now?: () => number;
}

/**
 * Runs the steps of one replica: the only one, or one of those of `communicator`, which all get the same batches and each take their
 * share of the pictures.
 */
export function stepper(
  model: GradientDetector,
  optimizer: Optimizer,
  train: TrainConfig,
  source: Pick<FeatureSource, 'batch' | 'pictures' | 'textures'>,
  communicator: Communicator = alone,
): Stepper {
  const { rank, size } = communicator;
  return async (indices, step, lr, total) => {
    if (train.parts && total === undefined)
      throw new RangeError('stepper: a training of several parts needs its number of steps');
    const own = shares(indices, size)[rank]!;
    const batch = own.length > 0 ? await source.batch(own) : undefined;
    let pictures: TrainingPictures | undefined;
    try {
      if (batch && model.needsPictures) pictures = await picturesOf(model, source, own, train, step);
      const context = stepContext(train, step, rank, total);
      return await trainStep(model, optimizer, batch, context, lr, train.lossWeight, communicator, pictures);
    } finally {
      if (batch) tf.dispose(batch);
      if (pictures) tf.dispose([pictures.pictures, ...(pictures.textures ? [pictures.textures] : [])]);
    }
  };
}

/** The pictures of a batch, and as many textures, chosen by seed and step, where there are some. */
async function picturesOf(
  { method }: GradientDetector,
  { pictures: read, textures }: Pick<FeatureSource, 'pictures' | 'textures'>,
  indices: readonly number[],
  train: TrainConfig,
  step: number,
): Promise<TrainingPictures> {
  if (!read)
    throw new FormatError(
      `the method ${method} learns from pictures, but this training has only their features; train it with \`pyramid-mamba train\`.`,
    );
  const pictures = await read(indices);
  if (!textures) return { pictures };
  const random = randomStream(train, 'textures', step);
  try {
    const chosen = indices.map(() => Math.floor(random.uniform() * textures.count));
    return { pictures, textures: await textures.batch(chosen) };
  } catch (error) {
    pictures.dispose();
    throw error;
  }
}

function close(state: TrainingState, lr: number): EpochRecord {
  const { partial } = state;
  const record: EpochRecord = {
    epoch: ++state.epoch,
    step: state.step,
    steps: partial.steps,
    loss: partial.loss / partial.steps,
    gradNorm: partial.gradNorm / partial.steps,
    lr,
    seconds: round(partial.seconds),
    imagesPerSecond: partial.seconds > 0 ? round(partial.images / partial.seconds) : 0,
  };
  state.partial = { steps: 0, images: 0, loss: 0, gradNorm: 0, seconds: 0 };
  state.history.push(record);
  return record;
}

/** A loss so many times that of the first epoch has diverged: it does not recover later. */
const DIVERGED = 100;
/** The same for the mean of an epoch. */
const DIVERGED_EPOCH = 10;

/** Throws a NumericError where a loss says that training has diverged. */
function requireConverging(loss: number, first: number, most: number): void {
  if (loss > most * first)
    throw new NumericError(
      `training diverged: the loss rose from ${first.toPrecision(3)} to ${loss.toPrecision(3)}; lower the learning rate (lr) and ` +
        'train again',
    );
}

const round = (value: number) => Number(value.toFixed(3));

/**
 * Trains from `state` to the last step of the plan (or `maxSteps`). The order of an epoch's pictures and the randomness of
 * a step depend only on the seed and the epoch's or step's number, so a resumed run equals an uninterrupted one.
 *
 * Rejects with a NumericError when the loss is not finite (the weights are then those of the step before) or has risen to many
 * times that of the first epoch, and with a FormatError when `state` does not fit the batches.
 */
export async function trainLoop(options: TrainLoopOptions): Promise<void> {
  const { train, count, step, state, onStep, onCheckpoint } = options;
  const stopped = options.stopped ?? (() => false);
  const now = options.now ?? (() => performance.now() / 1000);
  const perEpoch = iterationsPerEpoch(count, train.batchSize);
  const { total: limit } = trainingPlan(train, count, options.maxSteps);
  // where a part ends does not depend on where this call stops
  const { total } = trainingPlan(train, count);

  let first = state.history[0]?.loss;

  while (state.step < limit && !stopped()) {
    const order = options.order(state.epoch);
    if (order.length === 0) throw new RangeError(`trainLoop: epoch ${state.epoch + 1} has no batches`);
    if (state.partial.steps >= order.length)
      throw new FormatError(
        `the checkpoint has made ${state.partial.steps} steps of epoch ${state.epoch + 1}, which has ${order.length}; ` +
          'it belongs to other pictures or another batch size: remove it to start from the beginning',
      );
    let lr = learningRate(train, state.step, perEpoch);
    while (state.partial.steps < order.length && state.step < limit && !stopped()) {
      const started = now();
      const indices = order[state.partial.steps]!;
      lr = learningRate(train, state.step, perEpoch);
      const report = await step(indices, state.step, lr, total);
      first ??= report.loss;
      requireConverging(report.loss, first, DIVERGED);
      state.step++;
      state.partial.steps++;
      state.partial.images += indices.length;
      state.partial.loss += report.loss;
      state.partial.gradNorm += report.gradNorm;
      state.partial.seconds += now() - started;
      await onStep?.({ ...report, lr, images: indices.length, stepsInEpoch: order.length });
      // yield to timers, messages and signals: a step blocks the event loop
      await new Promise((resolve) => setTimeout(resolve));
    }
    const whole = state.partial.steps === order.length;
    if (whole && state.history[0])
      requireConverging(state.partial.loss / state.partial.steps, state.history[0].loss, DIVERGED_EPOCH);
    await onCheckpoint(whole ? close(state, lr) : undefined);
  }
}
