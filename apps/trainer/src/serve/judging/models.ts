import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeFileAtomic } from '@pyramid-mamba/data/node';
import { WorkerEnded } from '@pyramid-mamba/inspect';
import { FormatError, readModelInfo, type ModelInfo } from '@pyramid-mamba/model';
import { z } from 'zod';
import { UserError } from '../../errors.js';
import { ModelRefused, type JudgingProcess } from './process.js';
import type { ModelFile } from './work.js';

/** A model that judges under a name. */
export interface ModelInUse {
  readonly name: string;
  readonly file: ModelFile;
  readonly bytes: number;
  readonly info: ModelInfo;
  /** When it took the name, UTC. */
  readonly since: string;
}
/** A model that the command line names. */
export interface GivenModel {
  name: string;
  bytes: Uint8Array;
  /** For errors. */
  where: string;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const storeSchema = z.record(
  z.string(),
  z.object({ sha256, since: z.string(), given: sha256.nullable(), previous: sha256.nullable() }),
);
type Store = z.infer<typeof storeSchema>;

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const STORE = 'models.json';
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The models of a station, as files named by their content, and which of them judges under which name. A model that was put by a request stays after
 * a restart, unless the command line's own file has changed since.
 */
export class Models {
  readonly #inUse = new Map<string, ModelInUse>();
  readonly #users = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private store: Store,
    /** The name that judges where a request names none. */
    readonly first: string,
  ) {}

  static async open(folder: string, given: readonly GivenModel[]): Promise<Models> {
    await makeFolder(folder);
    const stored = await readStore(join(folder, STORE));
    const models = new Models(folder, stored, given[0]!.name);
    const next: Store = {};
    for (const { name, bytes, where } of given) {
      const known = Object.hasOwn(stored, name) ? stored[name]! : undefined;
      const own = hashOf(bytes);
      // it was put by a request after this very file had been given
      if (known && known.given === own && known.sha256 !== own) {
        await models.#goOn(name, known);
        next[name] = known;
        continue;
      }
      const since = new Date().toISOString();
      models.#inUse.set(name, models.#described(name, bytes, own, since, where));
      await models.#write(own, bytes);
      next[name] = { sha256: own, since, given: own, previous: known?.sha256 ?? null };
    }
    // those that only requests have named
    for (const [name, known] of Object.entries(stored)) {
      if (known.given !== null || Object.hasOwn(next, name)) continue;
      await models.#goOn(name, known);
      next[name] = known;
    }
    models.store = next;
    await models.#keep(next);
    await models.#sweep();
    return models;
  }

  list(): ModelInUse[] {
    return [...this.#inUse.values()];
  }

  get(name: string = this.first): ModelInUse | undefined {
    return this.#inUse.get(name);
  }

  /** The model of a name until `release`: a change in between does not touch what has begun with it. */
  take(name?: string): { model: ModelInUse; release: () => void } | undefined {
    const model = this.get(name);
    if (!model) return undefined;
    const { sha256: hash } = model.file;
    this.#users.set(hash, (this.#users.get(hash) ?? 0) + 1);
    return { model, release: () => void this.#users.set(hash, this.#users.get(hash)! - 1) };
  }

  /**
   * Puts another model under a name: read and checked, tried by every judging process, recorded by `record`, and only then in use, from the next
   * picture on. Anything that fails leaves the old one in use. Rejects with a FormatError or a ModelRefused for a model that is of no use.
   */
  put(
    name: string,
    bytes: Uint8Array,
    processes: () => readonly JudgingProcess[],
    record: (from: string | null, to: string) => Promise<void>,
  ): Promise<ModelInUse> {
    const work = this.#last.then(() => this.#put(name, bytes, processes, record));
    this.#last = work.catch(() => undefined);
    return work;
  }

  async #put(
    name: string,
    bytes: Uint8Array,
    processes: () => readonly JudgingProcess[],
    record: (from: string | null, to: string) => Promise<void>,
  ): Promise<ModelInUse> {
    const hash = hashOf(bytes);
    const model = this.#described(name, bytes, hash, new Date().toISOString(), 'the model of the request');
    const old = this.#inUse.get(name);
    const before = this.store;
    try {
      await this.#write(hash, bytes);
      await tried(processes(), model.file);
      const stored = Object.hasOwn(before, name) ? before[name]! : undefined;
      const next: Store = {
        ...before,
        [name]: {
          sha256: hash,
          since: model.since,
          given: stored?.given ?? null,
          previous: stored?.sha256 ?? null,
        },
      };
      await this.#keep(next);
      try {
        await record(old?.file.sha256 ?? null, hash);
      } catch (error) {
        await this.#keep(before);
        throw error;
      }
      this.store = next;
      this.#inUse.set(name, model);
    } catch (error) {
      this.#forget(hash, processes());
      await this.#sweep().catch(() => undefined);
      throw error;
    }
    if (old) void this.#dropLater(old.file.sha256, processes);
    await this.#sweep();
    return model;
  }

  /** Another model than the one that was put must not judge without a word. */
  async #goOn(name: string, { sha256: hash, since }: Store[string]): Promise<void> {
    const path = this.#path(hash);
    const bytes = await readFile(path).catch(() => undefined);
    if (!bytes || hashOf(bytes) !== hash) {
      throw new UserError(
        `${path}, the model that was put under the name ${name}, is missing or damaged: restore it, or remove ${name} from ${join(this.folder, STORE)}`,
      );
    }
    this.#inUse.set(name, this.#described(name, bytes, hash, since));
  }

  #described(
    name: string,
    bytes: Uint8Array,
    hash: string,
    since: string,
    where = this.#path(hash),
  ): ModelInUse {
    const { info } = readModelInfo(Uint8Array.from(bytes), where);
    return { name, file: { sha256: hash, path: this.#path(hash) }, bytes: bytes.length, info, since };
  }

  /** When nobody judges with it any more. */
  async #dropLater(hash: string, processes: () => readonly JudgingProcess[]): Promise<void> {
    while ((this.#users.get(hash) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    this.#forget(hash, processes());
  }

  #forget(hash: string, processes: readonly JudgingProcess[]): void {
    if (this.list().some(({ file }) => file.sha256 === hash)) return;
    for (const one of processes) void one.drop(hash).catch(() => undefined);
  }

  #path(hash: string): string {
    return join(this.folder, `${hash}.safetensors`);
  }

  async #write(hash: string, bytes: Uint8Array): Promise<void> {
    const there = await readFile(this.#path(hash)).catch(() => undefined);
    if (!there || hashOf(there) !== hash) await writeFileAtomic(this.#path(hash), bytes);
  }

  async #keep(store: Store): Promise<void> {
    await writeFileAtomic(join(this.folder, STORE), `${JSON.stringify(store, null, 2)}\n`);
  }

  /** Removes models but those in use, those before them, and those that requests still judge with. */
  async #sweep(): Promise<void> {
    const kept = new Set(Object.values(this.store).flatMap(({ sha256: now, previous }) => [now, previous]));
    for (const name of await readdir(this.folder)) {
      const hash = /^([0-9a-f]{64})\.safetensors$/.exec(name)?.[1];
      if (hash !== undefined && !kept.has(hash) && (this.#users.get(hash) ?? 0) === 0)
        await rm(join(this.folder, name), { force: true });
    }
  }
}

/** Rejects unless every process that lives can judge with the model, and one does. */
async function tried(processes: readonly JudgingProcess[], model: ModelFile): Promise<void> {
  const results = await Promise.allSettled(processes.map((one) => one.load(model)));
  const refused = results.find((one) => one.status === 'rejected' && !(one.reason instanceof WorkerEnded));
  if (refused?.status === 'rejected') throw refused.reason as Error;
  if (!results.some(({ status }) => status === 'fulfilled'))
    throw new ModelRefused('no judging process was there to try the model; put it again');
}

async function readStore(path: string): Promise<Store> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  try {
    return storeSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(
      `${path} is damaged: restore it, or remove it so that the models of the command line are used`,
      { cause: error },
    );
  }
}

/** Whether a model was refused for what it is. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof FormatError || error instanceof ModelRefused;
/** An id of an entry. */
export const newId = (): string => randomUUID();
