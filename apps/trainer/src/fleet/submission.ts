import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataError } from '@pyramid-mamba/data';
import { fileReason } from '@pyramid-mamba/data/node';
import type { ProductHint } from '@pyramid-mamba/inspect';
import { UserError } from '../errors.js';
import { resultSchema, type Result } from '../serve/journal/entries.js';
import type { Fleet } from './fleet.js';
import { idOf, sha256Of, type ModelRef } from './work.js';

export interface SubmissionOptions {
  fleet: Fleet;
  job: string;
  model: ModelRef;
  paths: readonly string[];
  productOf: (path: string) => ProductHint | undefined;
  /** Whether workers read the pictures themselves, from the same path. */
  byPath: boolean;
  /** Pictures that may have no result yet, at most. */
  most: number;
  /** Hears that the broker is away, or is back. */
  note: (sentence: string) => void;
}

/** A result of a picture, or why there will be none. */
export type Submitted = Result | { kind: 'result'; id: string; file: string; verdict: null; error: string };

/** Milliseconds between two attempts to reach a broker that is away, and for which a request for results waits for them. */
const AGAIN_MS = 500;
const FETCH_MS = 5_000;
/** Results that are read at once. */
const AT_ONCE = 256;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Sent {
  file: string;
  sha256: string;
  /** SHA-256 of the model that must judge. */
  model: string;
}

/**
 * Puts pictures into a fleet's queue and yields one result for each, as they come. Workers and brokers may send one twice: the first of an id counts. A
 * picture of the same job that has its result already is not judged again.
 */
export async function* submission(options: SubmissionOptions): AsyncGenerator<Submitted> {
  const { fleet, job, paths, most, note } = options;
  const waiting = new Map<string, Sent>();
  const early = new Map<string, unknown>();
  const ready: Submitted[] = [];
  const ended = new AbortController();
  const { signal } = ended;
  const state: { sentAll: boolean; failure?: Error } = { sentAll: false };
  /** Retries what the broker did not take, until it does. */
  const persist = persisting(note, signal);

  /** A result counts once, and only as the result of what was sent. */
  const take = (id: string, value: unknown): void => {
    const sent = waiting.get(id);
    if (!sent) {
      early.set(id, value);
      return;
    }
    waiting.delete(id);
    ready.push(checked(id, value, sent));
  };
  const collect = async (): Promise<void> => {
    const before = await persist(() => fleet.resultCount(job));
    let seen = 0;
    let next = 1;
    if (before === 0) caughtUp();
    while (!signal.aborted) {
      await persist(async () => {
        const consumer = await fleet.results(job, next);
        const messages = await consumer.fetch({ max_messages: AT_ONCE, expires: FETCH_MS });
        const stop = () => messages.stop();
        signal.addEventListener('abort', stop);
        for await (const message of messages) {
          next = message.seq + 1;
          seen++;
          const value = parsed(message.data);
          const { id } = (value ?? {}) as { id?: unknown };
          if (typeof id === 'string') take(id, value);
          if (seen >= before) caughtUp();
        }
        signal.removeEventListener('abort', stop);
        // the broker would keep it for minutes
        await consumer.delete();
      });
    }
  };
  let caughtUp: () => void = () => undefined;
  const knowsEarlier = new Promise<void>((done) => (caughtUp = done));

  const send = async (): Promise<void> => {
    await knowsEarlier;
    for (const path of paths) {
      while (waiting.size >= most && !signal.aborted) await wait(5);
      if (signal.aborted) return;
      await sendOne(options, path, persist, ready, (id, sent) => {
        waiting.set(id, sent);
        const known = early.get(id);
        if (known === undefined) return true;
        early.delete(id);
        take(id, known);
        return false;
      });
    }
  };

  const fail = (error: unknown): void => {
    state.failure ??= error as Error;
    ended.abort();
  };
  signal.addEventListener('abort', () => caughtUp());
  const collecting = collect().catch(fail);
  const sending = send().then(() => void (state.sentAll = true), fail);
  try {
    while (!(state.sentAll && waiting.size === 0 && ready.length === 0)) {
      if (state.failure) throw state.failure;
      if (ready.length === 0) await wait(5);
      yield* ready.splice(0);
    }
  } finally {
    ended.abort();
    await Promise.all([collecting, sending]);
  }
}

/** Sends a picture, unless `expect` says that its result is known. */
async function sendOne(
  { fleet, job, model, productOf, byPath }: SubmissionOptions,
  path: string,
  persist: ReturnType<typeof persisting>,
  ready: Submitted[],
  expect: (id: string, sent: Sent) => boolean,
): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    ready.push({
      kind: 'result',
      id: idOf(job, path, '', model.sha256),
      file: path,
      verdict: null,
      error: error.message,
    });
    return;
  }
  const sha256 = sha256Of(bytes);
  const product = productOf(path) ?? null;
  const id = idOf(job, path, sha256, model.sha256, product);
  if (!expect(id, { file: path, sha256, model: model.sha256 })) return;
  if (!byPath) await persist(() => fleet.putPicture(id, bytes));
  const { name, sha256: hash } = model;
  await persist(() =>
    fleet.publishWork({
      id,
      job,
      file: path,
      sha256,
      path: byPath ? resolve(path) : null,
      product,
      model: { name, sha256: hash },
    }),
  );
}

/** The line of a result. What is not of this program's form, or of another picture or model, is an error and never OK. */
function checked(id: string, value: unknown, { file, sha256, model }: Sent): Submitted {
  const error = (why: string): Submitted => ({
    kind: 'result',
    id,
    file,
    verdict: null,
    error: `not judged: ${why}`,
  });
  const found = resultSchema.safeParse(value);
  if (!found.success) return error('what a worker sent is not a result; use the same version everywhere');
  const result = found.data;
  if (result.error !== null) return result.verdict === null ? { ...result, file } : error(result.error);
  if (result.picture.sha256 !== sha256)
    return error(`a worker judged a picture with the SHA-256 ${result.picture.sha256}, expected ${sha256}`);
  if (result.model.sha256 !== model)
    return error(`a worker judged with the model ${result.model.sha256}, expected ${model}`);
  return { ...result, file };
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isFile()) return await readFile(path);
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  throw new DataError(`${path} cannot be read: it is a pipe or a device; pass a picture file`);
}

/** Errors of the broker that no repetition ends. */
const FINAL = ['AuthorizationError', 'PermissionViolationError', 'ClosedConnectionError'];

function persisting(note: (sentence: string) => void, signal: AbortSignal) {
  let isAway = false;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const found = await work();
        if (isAway) note('the broker answers again');
        isAway = false;
        return found;
      } catch (error) {
        const { name, message } = error as Error;
        if (FINAL.includes(name) || signal.aborted)
          throw new UserError(
            `submit: the broker does not take part (${message}); check what this user may do`,
            {
              cause: error,
            },
          );
        if (!isAway)
          note(`the broker does not take pictures now (${message}); it is asked again until it does`);
        isAway = true;
        await wait(AGAIN_MS);
      }
    }
  };
}
