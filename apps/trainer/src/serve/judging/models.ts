import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
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
 * a restart, also under a name that the command line gives no more, unless the command line's own file has changed since. Of each name the model in use and
 * the one before it are kept.
 */
export class Models {
  /** What a user must know about the models of this start, a sentence each. */
  readonly notes: string[] = [];
  readonly #inUse = new Map<string, ModelInUse>();
  readonly #users = new Map<string, number>();
  /** Files that a name had, to be removed where none has them any more. */
  readonly #former = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private store: Store,
    /** The name that judges where a request names none. */
    readonly first: string,
  ) {
    this.#mayGo(...Object.values(store));
  }

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
      const since = known?.sha256 === own ? known.since : new Date().toISOString();
      models.#inUse.set(name, models.#described(name, bytes, own, since, where));
      await models.#write(own, bytes);
      next[name] = { sha256: own, since, given: own, previous: previousOf(known, own) };
      if (known && known.sha256 !== own && known.sha256 !== known.given)
        models.notes.push(
          `${name}: ${where} judges, since it has changed; the model that a request had put stays in ${models.#path(known.sha256)} until the next change`,
        );
    }
    // those that the command line does not name, or no more
    for (const [name, known] of Object.entries(stored)) {
      if (Object.hasOwn(next, name)) continue;
      next[name] = known;
      if (known.sha256 !== known.given) {
        await models.#goOn(name, known);
        if (known.given !== null)
          models.notes.push(
            `${name}: the model that a request has put judges on, although --model does not give this name any more; remove ${name} from ${join(folder, STORE)} to end that`,
          );
      } else
        models.notes.push(
          `${name}: no model judges under this name, since --model does not give it any more; the one before stays in ${models.#path(known.sha256)}: ` +
            `pass it as --model ${name}=FILE, or remove ${name} from ${join(folder, STORE)}`,
        );
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
          previous: previousOf(stored, hash),
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
      if (stored) this.#mayGo(stored);
    } catch (error) {
      this.#former.add(hash);
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
    await this.#sweep().catch(() => undefined);
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

  #mayGo(...entries: readonly Store[string][]): void {
    for (const { sha256: now, previous } of entries) {
      this.#former.add(now);
      if (previous !== null) this.#former.add(previous);
    }
  }

  /** Removes former models but those that a name has, and those that requests still judge with. A file that no name had is another's, or all that is left of a lost list. */
  async #sweep(): Promise<void> {
    const kept = new Set(Object.values(this.store).flatMap(({ sha256: now, previous }) => [now, previous]));
    for (const hash of this.#former) {
      if ((this.#users.get(hash) ?? 0) > 0) continue;
      if (!kept.has(hash)) await rm(this.#path(hash), { force: true });
      this.#former.delete(hash);
    }
  }
}

/** The model before another one; put again, a model is not the one before itself. */
const previousOf = (known: Store[string] | undefined, next: string): string | null =>
  (known?.sha256 === next ? known.previous : known?.sha256) ?? null;

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
