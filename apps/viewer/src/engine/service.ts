import { WebGpuError } from '@pyramid-mamba/ssm-kernels';
import * as Comlink from 'comlink';
import { startBackend } from './backends/start.js';
import type {
  BackendPreference,
  EngineStatus,
  JudgeOptions,
  Judgement,
  ModelCard,
  Picture,
} from './engine.js';
import { Inspector } from './inspector.js';
import { Lock } from './lock.js';
import { picturePixels } from './pictures/decode.js';
import { isHome, setHome, trainingHome } from './training/home.js';
import type { StagedRun } from './stages/run.js';
import type { RunOptions, TrainingRun } from './training/run.js';
import type {
  DrawnExample,
  SavedTraining,
  StagedRequest,
  Trained,
  TrainingEvent,
  TrainingRequest,
} from './training/types.js';

/** Name of the lock that prevents two tabs from training at one home. */
const oneTraining = (): string => ['pyramid-mamba training', ...trainingHome()].join(' ');

const ELSEWHERE =
  'another tab of this browser has the training open; finish or stop it there, or close that tab';

/** A training of one method, or one in stages. */
type Run = TrainingRun | StagedRun;
type MakeRun = (options: RunOptions) => Promise<Run>;

const RUNNING =
  'a training is running, and its settings stay as they are until it ends; stop it first, then change them';

async function reopen(options: RunOptions): Promise<Run> {
  const { StagedRun } = await import('./stages/run.js');
  const staged = await StagedRun.reopen(options);
  if (staged) return staged;
  const { TrainingRun } = await import('./training/run.js');
  return TrainingRun.reopen(options);
}

const transferred = (trained: Trained): Trained =>
  Comlink.transfer(trained, [
    trained.bytes.buffer,
    ...trained.pictures.flatMap(({ rgb, map }) => [rgb.buffer, map.buffer]),
  ]);

/** Locks the storage's trainings and resolves to a release function, which resolves once they are free; rejects if another tab holds the lock. */
function onlyHere(): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    let free: () => void = () => undefined;
    const until = new Promise<void>((done) => (free = done));
    const held: Promise<unknown> = navigator.locks.request(oneTraining(), { ifAvailable: true }, (lock) => {
      if (!lock) {
        reject(new Error(ELSEWHERE));
        return undefined;
      }
      resolve(async () => {
        free();
        await held;
      });
      return until;
    });
    held.catch(reject);
  });
}

/** The worker's interface for the page. Everything rejects with a sentence for the user. */
export class EngineService {
  readonly lock = new Lock();
  #preference: BackendPreference = 'auto';
  #threads = 1;
  #status: EngineStatus | undefined;
  #file: { blob: Blob; name: string } | undefined;
  /** Models opened so far. */
  #openings = 0;
  #inspector: Inspector | undefined;
  #run: Run | undefined;
  #making = false;
  /** Whether the training learns, tests or compares now. */
  #running = false;
  /** Settles when the current training is idle. */
  #training: Promise<void> = Promise.resolve();
  #say: (event: TrainingEvent) => void = () => undefined;
  #free: () => Promise<void> = () => Promise.resolve();

  /** Starts the backend once; a preference only counts before that. */
  start(preference: BackendPreference = 'auto', threads = 1): Promise<EngineStatus> {
    return this.lock.run(() => {
      if (!this.#status) {
        this.#preference = preference;
        this.#threads = threads;
      }
      return this.ready();
    });
  }

  /** Opens a model file instead of the previous one, which stays open if this one is rejected. */
  load(blob: Blob, name: string): Promise<ModelCard> {
    return this.lock.run(async () => {
      await this.ready();
      const opened = await this.guarded(() => Inspector.open(blob, name, this.#openings + 1));
      this.#openings++;
      this.#inspector?.dispose();
      this.#inspector = opened;
      this.#file = { blob, name };
      return opened.card;
    });
  }

  /** Closes the model. */
  unload(): Promise<void> {
    return this.lock.run(async () => {
      this.#inspector?.dispose();
      this.#inspector = undefined;
      this.#file = undefined;
    });
  }

  /** Judges a picture by the open model. Bitmaps are closed. */
  judge(picture: Picture, options: JudgeOptions = {}): Promise<Judgement> {
    return this.lock.run(async () => {
      const started = performance.now();
      const pixels = await picturePixels(picture, options.name ?? 'the picture');
      await this.ready();
      const inspector = await this.opened();
      const judgement = await this.guarded(() => inspector.judge(pixels, options, started));
      return Comlink.transfer(judgement, [
        judgement.map.buffer,
        ...judgement.levels.map(({ data }) => data.buffer),
      ]);
    });
  }

  /**
   * Where trainings are stored from now on: the path of a folder of the browser's storage, [] for its root. One that is open and does not run is
   * closed, as it was saved. Rejects with a sentence while one runs at another home.
   */
  async trainAt(home: readonly string[]): Promise<void> {
    if (isHome(home)) return;
    if (this.#running || this.#making) throw new Error(RUNNING);
    await this.endTraining();
    setHome(home);
  }

  /** The saved training of a closed tab, or the one that another tab has open; or null. */
  async savedTraining(): Promise<SavedTraining | null> {
    if (this.#run) return this.#run.describe();
    const [{ StagedRun }, { TrainingRun }] = await Promise.all([
      import('./stages/run.js'),
      import('./training/run.js'),
    ]);
    const found = (await StagedRun.saved()) ?? (await TrainingRun.saved());
    if (!found) return null;
    const { held = [] } = await navigator.locks.query();
    return { ...found, elsewhere: held.some(({ name }) => name === oneTraining()) };
  }

  /**
   * Starts a training; resolves to whether it finished instead of being stopped. Rejects with a sentence while another one runs: settings do not
   * change under it.
   */
  async beginTraining(
    request: TrainingRequest | StagedRequest,
    say: (event: TrainingEvent) => void,
  ): Promise<boolean> {
    if (this.#running) throw new Error(RUNNING);
    await this.endTraining();
    return this.training(say, async (options) => {
      if ('time' in request) {
        const { StagedRun } = await import('./stages/run.js');
        return StagedRun.begin(request, options);
      }
      const { TrainingRun } = await import('./training/run.js');
      return TrainingRun.begin(request, options);
    });
  }

  /** Resumes the current or the saved training. */
  async resumeTraining(say: (event: TrainingEvent) => void): Promise<boolean> {
    if (this.#running) throw new Error(RUNNING);
    await this.endTraining();
    return this.training(say, reopen);
  }

  pauseTraining(): void {
    this.#run?.pause();
  }

  continueTraining(): void {
    this.#run?.goOn();
  }

  /** Stops the training after the current step, with a checkpoint; `resumeTraining` continues from there. */
  stopTraining(): void {
    this.#run?.stop();
  }

  /** The current model, with thresholds. */
  async finishTraining(): Promise<Trained> {
    const run = this.trained();
    return this.guarded(async () => transferred(await run.finish()));
  }

  /** The drawn defects of the self-test of a training in stages, as small pictures; none for others. */
  async drawnExamples(): Promise<DrawnExample[]> {
    if (!this.#run) return [];
    const found = 'examples' in this.#run ? await this.#run.examples() : [];
    return Comlink.transfer(
      found,
      found.map(({ rgb }) => rgb.buffer),
    );
  }

  /** Discards the training and removes it from the browser's storage; with `features` those too. Rejects while another tab has it open. */
  async discardTraining(features: boolean): Promise<void> {
    await this.endTraining();
    const free = await onlyHere();
    try {
      const { TrainingFolder } = await import('./training/saved.js');
      await TrainingFolder.clear(features);
    } finally {
      await free();
    }
  }

  private async running<T>(work: () => Promise<T>): Promise<T> {
    this.#running = true;
    try {
      return await work();
    } finally {
      this.#running = false;
    }
  }

  private trained(): Run {
    if (!this.#run) throw new Error('there is no training in this page; start one');
    return this.#run;
  }

  private async training(say: (event: TrainingEvent) => void, make: MakeRun): Promise<boolean> {
    await this.makeRun(say, make);
    const work = this.guarded(() => this.running(() => this.trained().train()));
    this.#training = work.then(
      () => undefined,
      () => undefined,
    );
    return work;
  }

  private async makeRun(say: (event: TrainingEvent) => void, make: MakeRun): Promise<void> {
    if (this.#making) throw new Error('a training is already being prepared; wait for it');
    this.#making = true;
    try {
      this.#free = await onlyHere();
      const { backend } = await this.lock.run(() => this.ready());
      this.#say = say;
      const options = { lock: this.lock, backend, say: (event: TrainingEvent) => this.#say(event) };
      this.#run = await this.guarded(() => make(options));
    } catch (error) {
      await this.#free();
      throw error;
    } finally {
      this.#making = false;
    }
  }

  /** Stops a training and waits until it is idle. */
  private async endTraining(): Promise<void> {
    this.#run?.stop();
    await this.#training;
    this.#run?.dispose();
    this.#run = undefined;
    await this.#free();
  }

  /** The backend, started if it is not running or was lost. Within the lock. */
  protected async ready(): Promise<EngineStatus> {
    return (this.#status ??= await startBackend(this.#preference, this.#threads));
  }

  private async opened(): Promise<Inspector> {
    if (!this.#file) throw new Error('no model is open; open one first');
    const { blob, name } = this.#file;
    // after a lost device the tensors are lost, but the file is not
    return (this.#inspector ??= await Inspector.open(blob, name, this.#openings));
  }

  /** Runs work on the backend; if the GPU is lost meanwhile, the next use restarts it. */
  protected async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof WebGpuError && error.failure === 'lost') {
        this.#status = undefined;
        this.#inspector = undefined;
        this.#run = undefined;
        void this.#free();
        throw new Error(
          'The connection to the graphics card was lost (driver restart, sleep, or another program); try again to restart it.',
          { cause: error },
        );
      }
      throw error;
    }
  }
}
