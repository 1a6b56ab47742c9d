import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WorkerEnded, type SteadyWorker } from '@pyramid-mamba/inspect';
import { UserError } from '../../errors.js';
import type { ModelFile, Outcome, Picture, Reply, Task } from './work.js';

/** A model that a judging process cannot use; a sentence. */
export class ModelRefused extends Error {
  override readonly name = 'ModelRefused';
}

/** Milliseconds within which a process has its backend. */
const START_MS = 120_000;

interface Waits {
  resolve: (outcomes: Outcome[]) => void;
  reject: (error: Error) => void;
}

/** A judging process's client. */
export class JudgingProcess implements SteadyWorker<Picture, Outcome> {
  readonly ended: Promise<Error>;
  readonly #open = new Map<number, Waits>();
  #asked = 0;
  #dead: WorkerEnded | undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** The backend, as `--backend` takes it, its kind, and the line that describes it. */
    readonly backend: { request: string; name: string; line: string },
  ) {
    this.ended = new Promise((resolve) => {
      const end = (why: string) => {
        if (this.#dead) return;
        this.#dead = new WorkerEnded(`judging process ${child.pid ?? '?'} ${why}`);
        for (const { reject } of this.#open.values()) reject(this.#dead);
        this.#open.clear();
        resolve(this.#dead);
      };
      child.on('exit', (code, signal) => end(`ended (${signal ?? `code ${code}`})`));
      child.on('error', (error) => {
        child.kill('SIGKILL');
        end(`failed (${error.message})`);
      });
      child.on('message', (reply: Reply) => {
        if (reply.kind !== 'broken') return;
        child.kill('SIGKILL');
        end(`was ended, since its engine had failed (${reply.message})`);
      });
    });
    child.on('message', (reply: Reply) => {
      if (reply.kind !== 'answer' && reply.kind !== 'refused') return;
      const open = this.#open.get(reply.id);
      this.#open.delete(reply.id);
      if (reply.kind === 'answer') open?.resolve(reply.outcomes);
      else open?.reject(new ModelRefused(reply.message));
    });
  }

  /** Starts a process and resolves when it has its backend. Rejects with a UserError where it cannot have it. @param cores for what it computes by native code */
  static start(backend: string, cores: number): Promise<JudgingProcess> {
    const child = started(backend, cores);
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new Error(`a judging process had no backend after ${START_MS / 1000} s`)),
        START_MS,
      );
      child.once('exit', (code, signal) =>
        fail(new Error(`a judging process ended while it started (${signal ?? `code ${code}`})`)),
      );
      child.once('error', fail);
      child.once('message', (reply: Reply) => {
        if (reply.kind === 'failed')
          return fail(reply.mendable ? new UserError(reply.message) : new Error(reply.message));
        if (reply.kind !== 'ready') return fail(new Error('a judging process answered before it was ready'));
        clearTimeout(timer);
        child.removeAllListeners('exit').removeAllListeners('error');
        resolve(new JudgingProcess(child, { request: reply.backend, name: reply.name, line: reply.line }));
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  ask(pictures: readonly Picture[]): Promise<Outcome[]> {
    return this.#do({ kind: 'judge', pictures });
  }

  /** Rejects with a ModelRefused where it cannot judge with the model. */
  async load(model: ModelFile): Promise<void> {
    await this.#do({ kind: 'load', model });
  }

  async drop(sha256: string): Promise<void> {
    await this.#do({ kind: 'drop', sha256 });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  #do(task: Task): Promise<Outcome[]> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      // a pipe that is closed: its end is heard too
      this.child.send({ ...task, id }, () => undefined);
    });
  }
}

/** Starts the process's module: the built one, or a loader if this file runs from source. */
function started(backend: string, cores: number): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  const path = isSource ? '../../../../../tools/loaders/source-worker.mjs' : './stationWorker.js';
  return fork(fileURLToPath(new URL(path, import.meta.url)), ['stationWorker'], {
    serialization: 'advanced',
    // workers share the cores; one thread of the decoder each
    env: { ...process.env, STATION_BACKEND: backend, STATION_CORES: String(cores), VIPS_CONCURRENCY: '1' },
    execArgv: isSource ? ['--conditions=@pyramid-mamba/source'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
