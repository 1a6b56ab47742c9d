import type { EncoderWeights } from '../encoders/types.js';
import { FormatError } from '../errors.js';
import { saveModel, type ModelInfo } from '../files/modelFile.js';
import type { Calibration } from '../inference/calibration.js';
import { preprocessingOf } from '../inference/inputSchema.js';
import { classPrototypes } from '../inference/classChoice.js';
import { methodOf } from '../methods/registry.js';
import {
  isBankDetector,
  isGradientDetector,
  type BankDetector,
  type Detector,
  type DetectorConfig,
  type FeatureSource,
  type GradientDetector,
} from '../methods/types.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { trainConfigSchema, type TrainConfig } from './config.js';
import type { TrainingEvent } from './events.js';
import { stepper, trainLoop, type Stepper } from './loop.js';
import { Optimizer } from './optimizer/optimizer.js';
import { trainingPlan } from './schedule.js';
import { Speed } from './speed.js';
import { freshState, type TrainingState } from './state.js';
import { plannedSteps, StepTimer } from './timePlan.js';

/** Where the checkpoint of a training is kept: one, the last. */
export interface CheckpointStore {
  /** For errors. */
  readonly where: string;
  /** undefined if there is none yet. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the previous one, which stays if the promise rejects. */
  write(bytes: Uint8Array<ArrayBuffer>, state: TrainingState): Promise<void>;
}

/** Runs work while nothing else uses the backend. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

export interface SessionOptions {
  readonly config: DetectorConfig;
  readonly encoder: EncoderWeights;
  readonly train: TrainConfig;
  readonly checkpoints: CheckpointStore;
  /** Taken per step and picture, so that pictures can be judged in between; by default nothing else uses the backend. */
  readonly exclusive?: Exclusive;
}

export interface LearnOptions {
  /** The training pictures. */
  readonly batches: FeatureSource;
  /** The batches of an epoch, see `trainLoop`. */
  readonly order: (epoch: number) => readonly (readonly number[])[];
  readonly hear: (event: TrainingEvent) => void | Promise<void>;
  /** Takes a step on all replicas that share a batch; by default there is one, in this thread. */
  readonly step?: Stepper | undefined;
  readonly maxSteps?: number | undefined;
  readonly stopped?: () => boolean;
  /** While training is paused, what ends the pause. A checkpoint is kept first. */
  readonly paused?: () => Promise<void> | undefined;
  /**
   * Minimum seconds between checkpoints, at an epoch's end or within it; also at least ten times the seconds that one took. 0, the
   * default: at each epoch's end.
   */
  readonly checkpointEvery?: number;
  /**
   * A training on top of what is learnt, with settings of its own; it keeps no checkpoint and does not move `state`. A method that
   * learns by one fit is fitted again, with the session's own settings.
   */
  readonly tune?: TrainConfig;
}

export interface FinishOptions {
  readonly classes: readonly string[];
  /** The training pictures, and the class of each. */
  readonly batches: Pick<FeatureSource, 'batch'>;
  readonly classOf: readonly string[];
  /** Where `batches` are tiles: of a training picture the indices of those by which it is recognised. */
  readonly partsOf?: ((picture: number) => readonly number[]) | undefined;
  /** Thresholds of the classes that have usable ones, by the trained detector. */
  readonly thresholds: (detector: Detector) => Promise<Record<string, Calibration>>;
  /** What the model's test of itself found, asked after `thresholds`, which measures. */
  readonly selfTest?: () => ModelInfo['selfTest'];
  /** The judged part of each class's pictures, by which thresholds and self-test were made; by default all of them. */
  readonly areas?: ModelInfo['areas'];
  /** How the part in each training picture was found, and is in those to judge. */
  readonly locating?: ModelInfo['locating'];
  /** Of the training data. */
  readonly fingerprint: string;
  readonly preset: string;
  /** More about the training, for the model file. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** What one way of learning needs beside its detector. */
type Learner =
  | { by: 'steps'; detector: GradientDetector; optimizer: Optimizer }
  | { by: 'bank'; detector: BankDetector };

function learnerOf(detector: Detector, train: TrainConfig): Learner {
  if (isGradientDetector(detector))
    return { by: 'steps', detector, optimizer: new Optimizer(detector.trainable(), train) };
  if (isBankDetector(detector)) return { by: 'bank', detector };
  throw new Error(`the method ${detector.method} has neither an objective nor a fit`);
}

/** A training of any method, from a new detector to a model file. Its tensors live until `dispose`. */
export class TrainingSession {
  readonly detector: Detector;
  #state = freshState();
  #train: TrainConfig;
  readonly #learner: Learner;
  readonly #exclusive: Exclusive;
  /** Whether there is a model: of a method that learns by one fit, whether it was fitted. */
  #fitted = false;
  /** When the last checkpoint was complete, and how long writing it took, in seconds. */
  #kept = -Infinity;
  #writing = 0;

  /** A new detector, drawn by the seed of `train`. Throws a FormatError if the encoder does not suit the method. */
  constructor(private readonly options: SessionOptions) {
    const { config, encoder, train } = options;
    this.detector = methodOf(config).create(config, encoder, train);
    this.#train = train;
    this.#learner = learnerOf(this.detector, train);
    this.#exclusive = options.exclusive ?? ((work) => work());
  }

  /** The position of training. A method that learns by one fit stays at step 0. */
  get state(): TrainingState {
    return this.#state;
  }

  /** The settings of the training, with the length that `plan` found. */
  get train(): TrainConfig {
    return this.#train;
  }

  /** The detector and its optimiser, for the replicas of a method that learns by steps. */
  get learner(): Readonly<Learner> {
    return this.#learner;
  }

  /**
   * Continues from the checkpoint; resolves to whether there is one. A method that learns by one fit has none: it is fitted again,
   * which gives the same.
   * @throws FormatError if the file is damaged or of another model
   */
  async restore(): Promise<boolean> {
    const { checkpoints } = this.options;
    const learner = this.#learner;
    if (learner.by !== 'steps') return false;
    const bytes = await checkpoints.read();
    if (!bytes) return false;
    this.#state = await this.#exclusive(() =>
      Promise.resolve(readCheckpoint(bytes, checkpoints.where, learner.detector, learner.optimizer)),
    );
    return true;
  }

  /** Writes a checkpoint. */
  async keep(): Promise<void> {
    const learner = this.#learner;
    if (learner.by !== 'steps') return;
    await this.#exclusive(async () => {
      const begun = seconds();
      const bytes = await writeCheckpoint(learner.detector, learner.optimizer, this.#state);
      await this.options.checkpoints.write(bytes, this.#state);
      this.#kept = seconds();
      this.#writing = this.#kept - begun;
    });
  }

  /**
   * Learns from the training pictures, to the last step; resolves to whether it was not stopped before. A method that learns by steps
   * goes on from `state`.
   * @throws NumericError as `trainLoop`, FormatError where the checkpoint does not fit the batches
   */
  async learn(options: LearnOptions): Promise<boolean> {
    const learner = this.#learner;
    if (learner.by === 'bank') return this.#fit(learner.detector, options);
    await this.#steps(learner, options);
    return !(options.stopped?.() ?? false);
  }

  /**
   * The settings of this training with the number of steps that fit into `seconds`. It makes the first steps of the training, which have
   * the same learning rate whatever its length, and measures them: `learn` goes on from there, and a repeat with the planned settings
   * gives the same weights. Resolves to undefined where it was stopped, with a checkpoint.
   * @throws as `learn`; an Error for a method that learns by one fit
   */
  async plan(
    within: number,
    options: Omit<LearnOptions, 'maxSteps' | 'tune'>,
  ): Promise<TrainConfig | undefined> {
    const learner = this.#learner;
    if (learner.by !== 'steps') throw new Error(`the method ${this.detector.method} has no steps to plan`);
    // the first steps would have another learning rate once the length is known
    if (this.options.train.schedule)
      throw new FormatError(
        'a training by time cannot have train.schedule, which depends on its length; give the number of steps or epochs instead',
      );
    if (this.options.train.parts)
      throw new FormatError(
        'a training by time cannot have train.parts, whose lengths depend on its own; give the number of steps or epochs instead',
      );
    const { train } = this.options;
    const timer = new StepTimer(within);
    const { stopped = () => false } = options;
    this.#train = { ...train, steps: UNPLANNED };
    try {
      await this.#steps(learner, {
        ...options,
        hear: async (event) => {
          if (event.kind === 'step') {
            timer.mark();
            await options.hear({ kind: 'measuring', step: event.step });
          } else await options.hear(event);
        },
        stopped: () => stopped() || timer.isEnough,
      });
    } finally {
      this.#train = train;
    }
    if (stopped() && !timer.isEnough) return undefined;
    const { step } = this.#state;
    const steps = plannedSteps({
      done: step,
      left: within - timer.seconds,
      perStep: timer.perStep,
      dropAt: train.dropAt,
    });
    const { epochs } = trainingPlan({ ...train, steps }, options.batches.count);
    // in the order of keys that a file is read in: the same settings are then the same bytes
    this.#train = trainConfigSchema.parse({ ...train, epochs, steps });
    return this.#train;
  }

  async #fit(
    detector: BankDetector,
    { batches, hear, paused, stopped = () => false }: LearnOptions,
  ): Promise<boolean> {
    // a fit that ends early leaves a bank that may be of other pictures
    this.#fitted = false;
    if (stopped()) return false;
    try {
      await detector.fit(batches, {
        // never that of `tune`: a fit from the saved training must give the same
        seed: this.options.train,
        stopped,
        onProgress: async (share, doing) => {
          await hear({ kind: 'fitting', share, doing });
          await paused?.();
        },
      });
    } catch (error) {
      if (stopped() && (error as Error).name === 'AbortError') return false;
      throw error;
    }
    this.#fitted = true;
    return true;
  }

  async #steps(
    { detector, optimizer }: Extract<Learner, { by: 'steps' }>,
    options: LearnOptions,
  ): Promise<void> {
    const { batches, order, hear, maxSteps, tune, checkpointEvery = 0, stopped = () => false } = options;
    const train = tune ?? this.#train;
    const state = tune ? freshState() : this.#state;
    const step = options.step ?? stepper(detector, optimizer, train, batches);
    const { total, epochs } = trainingPlan(train, batches.count, maxSteps);
    const speed = new Speed();
    const begun = seconds();
    await trainLoop({
      train,
      count: batches.count,
      order,
      state,
      maxSteps,
      stopped,
      step: (...args) => this.#exclusive(() => step(...args)),
      onStep: async ({ loss, images }) => {
        await hear({
          kind: 'step',
          step: state.step,
          total,
          epoch: Math.min(epochs, state.epoch + 1),
          epochs,
          loss,
          imagesPerSecond: speed.after(images),
        });
        const pause = options.paused?.();
        const due = checkpointEvery > 0 && this.#isDue(checkpointEvery, Math.max(begun, this.#kept));
        if (!tune && (pause || due)) await this.keep();
        await pause;
      },
      onCheckpoint: async (record) => {
        const last = !record || stopped() || state.step >= total;
        if (!tune && (last || this.#isDue(checkpointEvery, this.#kept))) await this.keep();
        if (record) await hear({ kind: 'epoch', record });
      },
    });
  }

  /** Whether it is time for a checkpoint: epochs of a few seconds would be spent on writing; lost work is computed again, bit-identically. */
  #isDue(every: number, last: number): boolean {
    return seconds() - last >= (every > 0 ? Math.max(every, 10 * this.#writing) : 0);
  }

  /**
   * The model file of what is learnt: with thresholds, and the prototypes by which the class of a picture is recognised. Rejects with a
   * FormatError where a method that learns by one fit was stopped before its end.
   */
  async finish(options: FinishOptions): Promise<{ bytes: Uint8Array; info: ModelInfo }> {
    const { classes, batches, classOf, fingerprint, areas, locating } = options;
    const { detector } = this;
    if (this.#learner.by === 'bank' && !this.#fitted)
      throw new FormatError('the training was stopped before it had learnt anything; resume it.');
    const calibration = await options.thresholds(detector);
    const selfTest = options.selfTest?.();
    const { prototypes, recognition } = await this.#exclusive(() =>
      classPrototypes(
        classes,
        classOf,
        (indices) => batches.batch(indices),
        (features) => detector.encoder.prototype(features),
        options.partsOf,
      ),
    );
    const info: ModelInfo = {
      classes: [...classes],
      ...(Object.keys(calibration).length > 0 ? { calibration } : {}),
      ...(selfTest ? { selfTest } : {}),
      ...(areas ? { areas } : {}),
      ...(locating ? { locating } : {}),
      prototypes,
      ...(Object.keys(recognition).length > 0 ? { recognition } : {}),
      preprocessing: preprocessingOf(detector.config),
      fingerprint,
      training: { preset: options.preset, ...this.#described(), ...options.about },
    };
    return { bytes: await this.#exclusive(() => saveModel(detector, info)), info };
  }

  /** The settings that had an effect, and how far training has come. */
  #described(): Record<string, unknown> {
    const train = this.#train;
    if (this.#learner.by === 'steps')
      return { ...train, steps: this.#state.step, epochsDone: this.#state.epoch };
    const { seed, random, augmentRotations } = train;
    return {
      seed,
      ...(random === undefined ? {} : { random }),
      ...(augmentRotations === undefined ? {} : { augmentRotations }),
    };
  }

  dispose(): void {
    if (this.#learner.by === 'steps') this.#learner.optimizer.dispose();
    this.detector.dispose();
  }
}

/** Steps of a training whose length is not planned yet. */
const UNPLANNED = 1_000_000;

const seconds = (): number => performance.now() / 1000;
