import { datasetFingerprint, holdBack, RESIZE_VERSION, trainingOrder } from '@pyramid-mamba/data';
import { blankNote, calibrate, notLearnt } from '@pyramid-mamba/inspect';
import {
  encoderFingerprint,
  inputOf,
  TrainingSession,
  withEncoder,
  type Calibration,
  type CheckpointStore,
  type Exclusive,
  type TrainingState,
} from '@pyramid-mamba/model';
import type { Lock } from '../lock.js';
import { NEXT } from '../nextSteps.js';
import { loadEncoder } from './encoder.js';
import { StoredFeatures } from './features.js';
import { Gate } from './gate.js';
import { datasetOf } from './samples.js';
import { TrainingFolder, type SavedSession } from './saved.js';
import { ShownPictures } from './shown.js';
import type { SavedTraining, Trained, TrainingEvent, TrainingRequest } from './types.js';

/** Minimum seconds between checkpoints, which are written at an epoch's end. */
const CHECKPOINT_EVERY = 10;
export interface RunOptions {
  /** Taken per picture and step, so that pictures can be judged in between. */
  readonly lock: Lock;
  readonly backend: string;
  readonly say: (event: TrainingEvent) => void;
}

/** A training in the page's worker: from pictures, or from the saved state of a closed tab, to a model file. */
export class TrainingRun {
  readonly #gate = new Gate();

  private constructor(
    private readonly folder: TrainingFolder,
    private readonly saved: Omit<SavedSession, 'format'>,
    private readonly session: TrainingSession,
    private readonly features: StoredFeatures,
    private readonly options: RunOptions,
  ) {}

  /**
   * Begins a training: computes the features and keeps all that is needed to go on. It takes the place of the saved one only when all of
   * that is there; until then, and where it fails, the saved one stays.
   */
  static async begin(request: TrainingRequest, options: RunOptions): Promise<TrainingRun> {
    const { lock, backend, say } = options;
    const encoder = await lock.run(() => loadEncoder(request.encoder, request.model.encoder, request.train));
    const config = withEncoder(request.model, encoder.config);
    // the page trains square inputs that pictures are stretched to
    const { width: inputSize } = inputOf(config);
    const { dataset, heldBack } = await holdBack(datasetOf(request), undefined, request.train.seed);
    const held = dataset.test.filter(({ id }) => heldBack.includes(id));
    const key = `${encoderFingerprint(encoder.weights)}-${inputSize}-${backend}-resize${RESIZE_VERSION}`;
    const folder = await TrainingFolder.next();
    const checkpoints = new SavedCheckpoint(folder);
    const exclusive: Exclusive = (work) => lock.run(work);
    const { train } = request;
    const session = new TrainingSession({ config, encoder: encoder.weights, train, checkpoints, exclusive });
    try {
      const features = new StoredFeatures(session.detector, await TrainingFolder.features(key));
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
      const saved = {
        name: request.name,
        classes: dataset.classes,
        model: config,
        train: request.train,
        encoder: encoder.line,
        features: key,
        backend,
        pictures,
        heldBack: kept,
      };
      // last: a session that is there can be resumed
      await folder.writeSession(saved);
      await folder.replaceSaved();
      return new TrainingRun(folder, saved, session, features, options);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  /** The saved training, from its last checkpoint. */
  static async reopen(options: RunOptions): Promise<TrainingRun> {
    const folder = await TrainingFolder.open();
    const saved = await folder.session();
    const weights = saved && (await folder.encoder(saved));
    if (!saved || !weights) throw new Error('there is no saved training to resume; start one');
    const { model: config, train } = saved;
    const checkpoints = new SavedCheckpoint(folder, saved);
    const exclusive: Exclusive = (work) => options.lock.run(work);
    const session = new TrainingSession({ config, encoder: weights, train, checkpoints, exclusive });
    try {
      const features = new StoredFeatures(session.detector, await TrainingFolder.features(saved.features));
      await features.reopen(saved.pictures);
      await session.restore();
      if (saved.backend !== options.backend) {
        const text = `The training was started on ${saved.backend}; on ${options.backend} the last digits will differ.`;
        options.say({ kind: 'note', text });
      }
      return new TrainingRun(folder, saved, session, features, options);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  describe(): SavedTraining {
    return describeTraining(this.saved, this.session.state);
  }

  /** The saved training, or null. */
  static async saved(): Promise<SavedTraining | null> {
    const folder = await TrainingFolder.open();
    const saved = await folder.session();
    return saved ? describeTraining(saved, await folder.progress()) : null;
  }

  pause(): void {
    this.#gate.pause();
  }

  goOn(): void {
    this.#gate.goOn();
  }

  /** Stops the training after the current step, with a checkpoint. */
  stop(): void {
    this.#gate.stop();
  }

  /** Trains to the last epoch, or to the end of the fit; resolves to false if it was stopped before. */
  async train(): Promise<boolean> {
    this.#gate.start();
    const { train, pictures } = this.saved;
    return this.session.learn({
      batches: this.features,
      order: trainingOrder(pictures.length, train.batchSize, train.seed),
      hear: this.options.say,
      stopped: () => this.#gate.stopped,
      paused: () => this.#gate.paused,
      checkpointEvery: CHECKPOINT_EVERY,
    });
  }

  /** The model file with thresholds from the held-back pictures. */
  async finish(): Promise<Trained> {
    const { saved, session, features } = this;
    const { classes, pictures } = saved;
    const judged = new ShownPictures();
    const { bytes, info } = await session.finish({
      classes,
      batches: features,
      classOf: pictures.map(({ className }) => className),
      thresholds: () => this.thresholds(judged),
      fingerprint: await datasetFingerprint(
        pictures,
        pictures.map(({ hash }) => hash),
      ),
      preset: 'page',
      about: { encoder: saved.encoder },
    });
    return {
      name: `${saved.name}.safetensors`,
      bytes: Uint8Array.from(bytes),
      info,
      size: inputOf(session.detector.config).width,
      steps: session.state.step,
      pictures: judged.judged(info, session.detector.config),
      scored: judged.scored(info, session.detector.config),
      heldBack: saved.heldBack.map(({ id }) => id),
    };
  }

  /** Thresholds from the held-back pictures, whose judgements are added to `judged`. */
  private async thresholds(judged: ShownPictures): Promise<Record<string, Calibration>> {
    const { session, options, saved, folder } = this;
    const { width: size } = inputOf(session.detector.config);
    const { heldBack } = saved;
    const pixels = async ({ id, hash }: SavedSession['heldBack'][number]) => {
      const data = await folder.heldBack(hash);
      if (data?.length === size * size * 3) return data;
      throw new Error(
        `the browser has cleared the held-back picture ${id}; drop the folder again and start again`,
      );
    };
    const loaded: Uint8Array<ArrayBuffer>[] = [];
    const unseen = heldBack.map((one, i) => ({
      className: one.className,
      label: 0 as const,
      load: async () => ({ width: size, height: size, data: (loaded[i] = await pixels(one)) }),
    }));
    const { calibration, without, blank } = await calibrate(session.detector, unseen, {
      next: NEXT,
      batch: 1,
      exclusive: (work) => options.lock.run(work),
      onPicture: (done) => options.say({ kind: 'calibrating', done, total: heldBack.length }),
      onJudged: (i, result) => judged.add({ ...heldBack[i]!, rgb: loaded[i]! }, result),
    });
    if (blank.length > 0) options.say({ kind: 'note', text: blankNote(blank.map((i) => heldBack[i]!.id)) });
    if (without.length > 0) options.say({ kind: 'note', text: notLearnt(without, NEXT) });
    return calibration;
  }

  dispose(): void {
    this.stop();
    this.session.dispose();
  }
}

/** The checkpoint of the saved training. */
class SavedCheckpoint implements CheckpointStore {
  readonly where = 'the checkpoint';

  constructor(
    private readonly folder: TrainingFolder,
    private readonly of: Pick<SavedSession, 'checkpoint'> = {},
  ) {}

  read(): Promise<Uint8Array | undefined> {
    return this.folder.checkpoint(this.of);
  }

  write(bytes: Uint8Array<ArrayBuffer>, state: TrainingState): Promise<void> {
    return this.folder.writeCheckpoint(this.of, bytes, state);
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
