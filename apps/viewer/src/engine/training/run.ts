import {
  datasetFingerprint,
  holdBack,
  normalizeImageNet,
  RESIZE_VERSION,
  resizeRgb,
  sha256Hex,
  trainingOrder,
  type RgbImage,
} from '@pyramid-mamba/data';
import { heldBackThresholds, notLearnt } from '@pyramid-mamba/inspect';
import { ownValue, thinned, verdict } from '@pyramid-mamba/metrics';
import {
  classPrototypes,
  encoderFingerprint,
  freshState,
  imageTensor,
  inputOf,
  iterationsPerEpoch,
  judge,
  methodOf,
  stepper,
  Optimizer,
  preprocessingOf,
  PyramidMamba,
  readCheckpoint,
  requireSoundJudgement,
  saveModel,
  Speed,
  trainLoop,
  writeCheckpoint,
  type ModelInfo,
  type TrainingState,
} from '@pyramid-mamba/model';
import type { Lock } from '../lock.js';
import { NEXT } from '../nextSteps.js';
import { loadEncoder } from './encoder.js';
import { StoredFeatures } from './features.js';
import { datasetOf } from './samples.js';
import { TrainingFolder, type SavedSession } from './saved.js';
import type { JudgedPicture, SavedTraining, Trained, TrainingEvent, TrainingRequest } from './types.js';

/** A fine-tuning's share of the learning rate: small, so that the model keeps what it has learnt. */
const FINE_TUNING = 0.25;
/** Minimum time between checkpoints, which are written at an epoch's end; also at least ten times the time of writing one. */
const CHECKPOINT_EVERY_MS = 10_000;
/** Number of held-back pictures returned to the page for display, highest scores first. */
const SHOWN = 24;

export interface RunOptions {
  /** Taken per picture and step, so that pictures can be judged in between. */
  readonly lock: Lock;
  readonly backend: string;
  readonly say: (event: TrainingEvent) => void;
}

/** A training in the page's worker: from pictures, or from the saved state of a closed tab, to a model file. */
export class TrainingRun {
  #stopped = false;
  #kept = -Infinity;
  #writing = 0;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;
  /** What takes the last `addGood` back. */
  #before: { forget: () => Promise<void>; restore: () => Promise<void> } | undefined;

  private constructor(
    private readonly folder: TrainingFolder,
    private session: Omit<SavedSession, 'format'>,
    private readonly model: PyramidMamba,
    private readonly optimizer: Optimizer,
    private readonly features: StoredFeatures,
    private readonly state: TrainingState,
    private readonly options: RunOptions,
  ) {}

  /**
   * Begins a training: computes the features and keeps all that is needed to go on. It takes the place of the saved one only when all of
   * that is there; until then, and where it fails, the saved one stays.
   */
  static async begin(request: TrainingRequest, options: RunOptions): Promise<TrainingRun> {
    const { lock, backend, say } = options;
    const encoder = await lock.run(() => loadEncoder(request.encoder, request.model.encoder, request.train));
    const config = { ...request.model, encoder: encoder.config };
    // the page trains square inputs that pictures are stretched to
    const { width: inputSize } = inputOf(config);
    const { dataset, heldBack } = await holdBack(datasetOf(request), undefined, request.train.seed);
    const held = dataset.test.filter(({ id }) => heldBack.includes(id));
    const key = `${encoderFingerprint(encoder.weights)}-${inputSize}-${backend}-resize${RESIZE_VERSION}`;
    const model = PyramidMamba.create(config, encoder.weights, request.train);
    const optimizer = new Optimizer(model.trainable(), request.train);
    try {
      const folder = await TrainingFolder.next();
      const features = new StoredFeatures(model, await TrainingFolder.features(key));
      const total = dataset.train.length + held.length;
      const pictures: SavedSession['pictures'] = [];
      let computed = 0;
      for (const [i, sample] of dataset.train.entries()) {
        const { id, className } = sample;
        const hash = await sample.hash();
        const load = async () => (await sample.load(inputSize)).image;
        if (await lock.run(() => features.add(hash, id, load))) computed++;
        pictures.push({ id, className, hash });
        say({ kind: 'encoding', done: i + 1, total, computed });
      }
      const kept: SavedSession['heldBack'] = [];
      for (const [i, sample] of held.entries()) {
        const { id, className } = sample;
        const hash = await sample.hash();
        const { data } = (await sample.load(inputSize)).image;
        await folder.writeHeldBack(hash, Uint8Array.from(data));
        kept.push({ id, className, hash });
        say({ kind: 'encoding', done: dataset.train.length + i + 1, total, computed });
      }
      await folder.writeEncoder(encoder.weights);
      const session = {
        name: request.name,
        classes: dataset.classes,
        model: config,
        train: request.train,
        encoder: encoder.line,
        features: key,
        backend,
        pictures,
        added: 0,
        heldBack: kept,
      };
      // last: a session that is there can be resumed
      await folder.writeSession(session);
      await folder.replaceSaved();
      return new TrainingRun(folder, session, model, optimizer, features, freshState(), options);
    } catch (error) {
      optimizer.dispose();
      model.dispose();
      throw error;
    }
  }

  /** The saved training, from its last checkpoint. */
  static async reopen(options: RunOptions): Promise<TrainingRun> {
    const folder = await TrainingFolder.open();
    const session = await folder.session();
    const weights = session && (await folder.encoder(session));
    if (!session || !weights) throw new Error('there is no saved training to resume; start one');
    const model = PyramidMamba.create(session.model, weights, session.train);
    const optimizer = new Optimizer(model.trainable(), session.train);
    try {
      const features = new StoredFeatures(model, await TrainingFolder.features(session.features));
      await features.reopen(session.pictures);
      const bytes = await folder.checkpoint(session);
      const state = bytes ? readCheckpoint(bytes, 'the checkpoint', model, optimizer) : freshState();
      if (session.backend !== options.backend) {
        const text = `The training was started on ${session.backend}; on ${options.backend} the last digits will differ.`;
        options.say({ kind: 'note', text });
      }
      return new TrainingRun(folder, session, model, optimizer, features, state, options);
    } catch (error) {
      optimizer.dispose();
      model.dispose();
      throw error;
    }
  }

  describe(): SavedTraining {
    return describeTraining(this.session, this.state);
  }

  /** The saved training, or null. */
  static async saved(): Promise<SavedTraining | null> {
    const folder = await TrainingFolder.open();
    const session = await folder.session();
    return session ? describeTraining(session, await folder.progress()) : null;
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => (this.#resume = resolve));
  }

  goOn(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  /** Stops the training after the current step, with a checkpoint. */
  stop(): void {
    this.#stopped = true;
    this.goOn();
  }

  /** Trains to the last epoch; resolves to false if it was stopped before. */
  async train(): Promise<boolean> {
    this.#stopped = false;
    const { train } = this.session;
    const count = this.session.pictures.length;
    await this.loop(this.state, train, trainingOrder(count, train.batchSize, train.seed), true);
    return !this.#stopped;
  }

  /**
   * Adds a good picture that was judged defective, and trains a few epochs from the kept features with it in every batch; resolves to the
   * model that comes of it. Storage holds the training without it until all is done; `undoGood` goes back to that, and so does a failure.
   */
  async addGood(picture: RgbImage, className: string, epochs: number): Promise<Trained> {
    const { model, options, features } = this;
    const { width: inputSize } = inputOf(model.config);
    const resized = resizeRgb(picture, inputSize, inputSize);
    const hash = await sha256Hex(Uint8Array.from(resized.data));
    const id = `added/${className}/${hash.slice(0, 12)}`;
    await options.lock.run(() => this.keep());
    const before = this.session;
    await this.#before?.forget();
    const isNew = !before.pictures.some((one) => one.hash === hash);
    if (isNew) await options.lock.run(() => features.add(hash, id, () => Promise.resolve(resized)));
    const pictures = isNew ? [...before.pictures, { id, className, hash }] : before.pictures;
    const added = before.added + Number(isNew);
    const checkpoint = `checkpoint-${Number(/\d+/.exec(before.checkpoint ?? '0')) + 1}.safetensors`;
    this.session = { ...before, pictures, added, checkpoint };
    this.#before = {
      forget: () => this.folder.removeCheckpoint(before),
      restore: async () => {
        const bytes = await this.folder.checkpoint(before);
        if (!bytes) throw new Error('the browser has cleared the model of before; it cannot be brought back');
        await options.lock.run(() =>
          Promise.resolve(readCheckpoint(bytes, 'the checkpoint', model, this.optimizer)),
        );
        if (isNew) features.removeLast(hash);
        this.session = before;
        await this.folder.writeSession(before);
        await this.folder.removeCheckpoint({ checkpoint });
      },
    };
    try {
      await this.tune(hash, epochs);
      // before anything is kept: a picture must not stay learnt if no model comes of it
      const trained = await this.finish();
      // the checkpoint has a name of its own, and the session says which one counts: never one without the other
      await options.lock.run(() => this.keep());
      await this.folder.writeSession(this.session);
      return trained;
    } catch (error) {
      await this.undoGood().catch(() => undefined);
      throw error;
    }
  }

  /** Takes back the last `addGood`: weights and pictures are those of before. */
  async undoGood(): Promise<void> {
    const before = this.#before;
    if (!before) throw new Error('there is nothing to undo');
    this.#before = undefined;
    await before.restore();
  }

  private async tune(hash: string, epochs: number): Promise<void> {
    const { train, pictures, added } = this.session;
    const at = pictures.findIndex((one) => one.hash === hash);
    // another seed each time, so that the noise differs from the previous steps
    const seed = train.seed + 1000 * added;
    const tuned = { ...train, seed, lr: train.lr * FINE_TUNING, dropAt: 1, epochs };
    const order = trainingOrder(pictures.length, train.batchSize, seed);
    this.#stopped = false;
    const withIt = (epoch: number) =>
      order(epoch).map((batch) => (batch.includes(at) ? batch : [...batch.slice(0, -1), at]));
    await this.loop(freshState(), tuned, withIt, false);
  }

  /** The model file with thresholds from the held-back pictures. */
  async finish(): Promise<Trained> {
    const { model, session, state, features, options } = this;
    const { heldBack, train, classes, pictures } = session;
    const { width: inputSize } = inputOf(model.config);
    const judged: (JudgedPicture & { label: 0; thinned: Float32Array })[] = [];
    for (const [i, { id, className, hash }] of heldBack.entries()) {
      const rgb = await this.folder.heldBack(hash);
      if (rgb?.length !== inputSize * inputSize * 3) {
        throw new Error(
          `the browser has cleared the held-back picture ${id}; drop the folder again and start again`,
        );
      }
      const pixels = { width: inputSize, height: inputSize, data: rgb };
      const { map, score } = await options.lock.run(async () => {
        const images = imageTensor([normalizeImageNet(pixels)], inputSize);
        const [found] = await judge(model, images).finally(() => images.dispose());
        // thresholds of a training that came to nothing would judge everything OK
        requireSoundJudgement(found!);
        return found!;
      });
      const own = Float32Array.from(map);
      judged.push({ id, className, label: 0, score, verdict: null, rgb, map: own, thinned: thinned(map) });
      options.say({ kind: 'calibrating', done: i + 1, total: heldBack.length });
    }
    const { calibration, without } = heldBackThresholds(
      judged,
      methodOf(model.config).largestScore(model.config),
    );
    if (without.length > 0) options.say({ kind: 'note', text: notLearnt(without, NEXT) });
    const prototypes = await options.lock.run(() =>
      classPrototypes(
        classes,
        pictures.map(({ className }) => className),
        (indices) => features.batch(indices),
      ),
    );
    const info: ModelInfo = {
      classes,
      ...(Object.keys(calibration).length > 0 ? { calibration } : {}),
      prototypes,
      preprocessing: preprocessingOf(model.config),
      fingerprint: await datasetFingerprint(
        pictures,
        pictures.map(({ hash }) => hash),
      ),
      training: {
        preset: 'page',
        ...train,
        steps: state.step,
        epochsDone: state.epoch,
        encoder: session.encoder,
        ...(session.added > 0 ? { addedByHand: session.added } : {}),
      },
    };
    const bytes = await options.lock.run(() => saveModel(model, info));
    const shown = judged
      .sort((a, b) => b.score - a.score)
      .slice(0, SHOWN)
      .map(({ id, className, score, rgb, map }): JudgedPicture => {
        const own = ownValue(calibration, className);
        return { id, className, score, verdict: own ? verdict(score, own) : null, rgb, map };
      });
    return {
      name: `${session.name}.safetensors`,
      bytes: Uint8Array.from(bytes),
      info,
      size: inputSize,
      steps: state.step,
      pictures: shown,
    };
  }

  dispose(): void {
    this.stop();
    this.optimizer.dispose();
    this.model.dispose();
  }

  private async keep(): Promise<void> {
    const begun = performance.now();
    const bytes = await writeCheckpoint(this.model, this.optimizer, this.state);
    await this.folder.writeCheckpoint(this.session, bytes, this.state);
    this.#kept = performance.now();
    this.#writing = this.#kept - begun;
  }

  /** Runs epochs of `train` from `state`; `main` marks the training itself, whose progress is saved. */
  private async loop(
    state: TrainingState,
    train: SavedSession['train'],
    order: (epoch: number) => number[][],
    main: boolean,
  ): Promise<void> {
    const { model, optimizer, features, options } = this;
    const { lock, say } = options;
    const count = this.session.pictures.length;
    const perEpoch = iterationsPerEpoch(count, train.batchSize);
    const step = stepper(model, optimizer, train, features);
    const speed = new Speed();
    await trainLoop({
      train,
      count,
      order,
      state,
      step: (...args) => lock.run(() => step(...args)),
      stopped: () => this.#stopped,
      onStep: async ({ loss, images }) => {
        say({
          kind: 'step',
          step: state.step,
          total: perEpoch * train.epochs,
          epoch: Math.min(train.epochs, Math.floor((state.step - 1) / perEpoch) + 1),
          epochs: train.epochs,
          loss,
          imagesPerSecond: speed.after(images),
        });
        if (!this.#paused) return;
        if (main) await lock.run(() => this.keep());
        await this.#paused;
      },
      onCheckpoint: async (record) => {
        // epochs of a few seconds would be spent on writing; work lost with a closed tab is recomputed bit-identically
        const due = performance.now() - this.#kept > Math.max(CHECKPOINT_EVERY_MS, 10 * this.#writing);
        const last = this.#stopped || state.epoch === train.epochs;
        if (main && (due || last)) await lock.run(() => this.keep());
        if (record) say({ kind: 'epoch', record });
      },
    });
  }
}

function describeTraining(
  session: Omit<SavedSession, 'format'>,
  state: Pick<TrainingState, 'epoch' | 'history'>,
): SavedTraining {
  return {
    name: session.name,
    classes: session.classes,
    inputSize: inputOf(session.model).width,
    epoch: state.epoch,
    epochs: session.train.epochs,
    trainingPictures: session.pictures.length,
    heldBack: session.heldBack.length,
    history: state.history,
    elsewhere: false,
  };
}
