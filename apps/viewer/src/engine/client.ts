// The page's side of the worker. Nothing here imports TensorFlow.js: only the worker's files contain it.
import * as Comlink from 'comlink';
import type {
  BackendPreference,
  EngineStatus,
  JudgeOptions,
  Judgement,
  ModelCard,
  Picture,
} from './engine.js';
import { threadsHere } from './helpers/count.js';
import type { EngineService } from './service.js';
import type {
  DrawnExample,
  SavedTraining,
  StagedRequest,
  Trained,
  TrainingEvent,
  TrainingRequest,
} from './training/types.js';

/** A worker and its pending calls, which must settle when the worker dies. */
export class EngineClient {
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<EngineService>;
  readonly #threads: number;
  readonly #died: Promise<never>;
  #dead = false;
  #giveUp: (reason: Error) => void = () => undefined;

  /** @param threads of WebAssembly for one picture; 1 for one of several workers that share the cores */
  constructor(threads = threadsHere()) {
    this.#threads = threads;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    this.#remote = Comlink.wrap<EngineService>(this.#worker);
    this.#died = new Promise((_, reject) => {
      this.#giveUp = reject;
      this.#worker.addEventListener('error', (event) => {
        event.preventDefault();
        const why = event.message ? `: ${event.message}` : ', or its file could not be loaded';
        this.#dead = true;
        reject(
          new Error(`the page’s worker stopped${why}; try again, and reload the page if that fails too`),
        );
      });
    });
    // possibly without a pending call
    this.#died.catch(() => undefined);
  }

  /** Whether the worker died or was terminated: no call will be answered. */
  get dead(): boolean {
    return this.#dead;
  }

  start(preference: BackendPreference): Promise<EngineStatus> {
    return this.ask((remote) => remote.start(preference, this.#threads));
  }

  /** Opens a model file; the worker reads it from the blob, so that nothing is copied twice. */
  load(file: Blob, name: string): Promise<ModelCard> {
    return this.ask((remote) => remote.load(file, name));
  }

  unload(): Promise<void> {
    return this.ask((remote) => remote.unload());
  }

  /** Judges a picture. A bitmap or pixels are transferred: they are no longer the caller's. */
  judge(picture: Picture, options: JudgeOptions = {}): Promise<Judgement> {
    return this.ask((remote) => remote.judge(handedOver(picture), options));
  }

  /** Where trainings are stored from the next call on, see `homeOf`; [] is the root of the browser's storage. */
  home: readonly string[] = [];

  /** Leaves the training of an earlier home. Rejects with a sentence while it runs. */
  moveHome(): Promise<void> {
    return this.atHome(() => Promise.resolve());
  }

  savedTraining(): Promise<SavedTraining | null> {
    return this.atHome((remote) => remote.savedTraining());
  }

  /** Resolves to whether the training finished instead of being stopped. */
  beginTraining(
    request: TrainingRequest | StagedRequest,
    say: (event: TrainingEvent) => void,
  ): Promise<boolean> {
    return this.atHome((remote) => remote.beginTraining(request, Comlink.proxy(say)));
  }

  resumeTraining(say: (event: TrainingEvent) => void): Promise<boolean> {
    return this.atHome((remote) => remote.resumeTraining(Comlink.proxy(say)));
  }

  pauseTraining(): Promise<void> {
    return this.ask((remote) => remote.pauseTraining());
  }

  continueTraining(): Promise<void> {
    return this.ask((remote) => remote.continueTraining());
  }

  stopTraining(): Promise<void> {
    return this.ask((remote) => remote.stopTraining());
  }

  finishTraining(): Promise<Trained> {
    return this.ask((remote) => remote.finishTraining());
  }

  /** The drawn defects of the self-test, as small pictures. */
  drawnExamples(): Promise<DrawnExample[]> {
    return this.ask((remote) => remote.drawnExamples());
  }

  discardTraining(features: boolean): Promise<void> {
    return this.atHome((remote) => remote.discardTraining(features));
  }

  /** Terminates the worker; its work is lost, and pending calls reject. */
  end(): void {
    this.#dead = true;
    this.#giveUp(new Error('the page’s worker was closed before it answered'));
    this.#remote[Comlink.releaseProxy]();
    this.#worker.terminate();
  }

  /** A question about the training of the present home. */
  private atHome<T>(question: (remote: Comlink.Remote<EngineService>) => Promise<T>): Promise<T> {
    const { home } = this;
    return this.ask(async (remote) => {
      await remote.trainAt(home);
      return question(remote);
    });
  }

  protected ask<T>(question: (remote: Comlink.Remote<EngineService>) => Promise<T>): Promise<T> {
    return this.#dead ? this.#died : Promise.race([question(this.#remote), this.#died]);
  }
}

function handedOver(picture: Picture): Picture {
  if (picture instanceof ImageBitmap) return Comlink.transfer(picture, [picture]);
  if (picture instanceof ImageData) return Comlink.transfer(picture, [picture.data.buffer]);
  return picture;
}
