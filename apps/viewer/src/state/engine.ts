import { effect, signal } from '@preact/signals';
import { EngineClient } from '../engine/client.js';
import { threadsHere } from '../engine/helpers/count.js';
import { JudgePool } from '../engine/judgePool.js';
import type {
  BackendPreference,
  EngineStatus,
  JudgeOptions,
  Judgement,
  ModelCard,
  Picture,
} from '../engine/engine.js';
import { homeOf } from '../engine/training/home.js';
import { notifyError } from './notices.js';
import { model, type OpenModel } from './opened.js';

/** The current backend, once started. */
export const engineStatus = signal<EngineStatus | null>(null);
/** The loaded model. */
export const card = signal<ModelCard | null>(null);

let client: EngineClient | undefined;
let loaded: OpenModel | null = null;
let loading: Promise<void> | undefined;

/** `?backend=webgpu` (also a software adapter) or `?backend=wasm` in the page's URL; else automatic. */
export function preference(search: string): BackendPreference {
  const asked = new URLSearchParams(search).get('backend');
  return asked === 'webgpu' || asked === 'wasm' ? asked : 'auto';
}

/** The worker, created on first use; a dead one is replaced. */
export function engine(): EngineClient {
  if (client?.dead) dropEngine();
  client ??= new EngineClient();
  client.home = home;
  return client;
}

let home: readonly string[] = [];

/** Trainings are those of this project from now on; of no project where it is null. */
export function trainIn(projectId: string | null): void {
  home = projectId === null ? [] : homeOf(projectId);
  // a training of before is closed, so that another tab can have it; where one runs, it is not left
  if (client && !client.dead)
    void engine()
      .moveHome()
      .catch(() => undefined);
}

/** Starts the backend and sets its description. */
export async function startEngine(): Promise<EngineStatus> {
  try {
    engineStatus.value = await engine().start(preference(location.search));
    return engineStatus.value;
  } catch (error) {
    dropEngine();
    throw error;
  }
}

function dropEngine(): void {
  client?.end();
  client = undefined;
  loaded = null;
  card.value = null;
  engineStatus.value = null;
}

/** Loads the page's open model into the engine, unless loaded. Rejects with a sentence if there is none or it is invalid. */
export async function loadOpenModel(): Promise<void> {
  const wanted = model.value;
  if (!wanted) throw new Error('no model is open; open one first');
  if (client?.dead) dropEngine();
  if (loaded === wanted && card.value !== null && !loading) return;
  loading ??= (async () => {
    await startEngine();
    const found = await engine().load(new Blob([wanted.bytes as Uint8Array<ArrayBuffer>]), wanted.name);
    loaded = wanted;
    if (model.value === wanted) card.value = found;
  })().finally(() => (loading = undefined));
  await loading;
  if (loaded !== model.value) await loadOpenModel();
}

/** Judges a picture with the open model, loading it if needed. null if another model was opened meanwhile: the judgement is stale. */
export async function judgeByOpenModel(picture: Picture, options: JudgeOptions): Promise<Judgement | null> {
  await loadOpenModel();
  const by = model.value;
  const judgement = await engine().judge(picture, options);
  return by !== null && by === model.value && judgement.opening === card.value?.opening ? judgement : null;
}

/** Whether other workers may help to judge: not while a model is trained, which takes all cores. */
export const helpersAllowed = signal(true);

/** Workers that judge many files, on all cores; they have the model in memory, so they end soon after their work. */
let helpers: { readonly pool: JudgePool; readonly of: OpenModel } | undefined;
let ending: ReturnType<typeof setTimeout> | undefined;
const HELPERS_END_MS = 20_000;

function endHelpers(): void {
  clearTimeout(ending);
  helpers?.pool.end();
  helpers = undefined;
}

/** The files that should be judged at the same time where many are waiting: on a GPU, which is one, one after the other. */
export const lanesFor = (waiting: number): number =>
  waiting >= WORTH && helpersAllowed.peek() && engineStatus.peek()?.backend === 'wasm' ? threadsHere() : 1;
/** Below this number of files a worker would cost more than it saves. */
const WORTH = 16;

/** As `judgeByOpenModel`, by the first worker that is free. */
export async function judgeByHelpers(file: Blob, options: JudgeOptions): Promise<Judgement | null> {
  await loadOpenModel();
  const [by, opened] = [model.value, card.value];
  if (!by || !opened) return null;
  clearTimeout(ending);
  if (helpers?.of !== by) {
    endHelpers();
    helpers = { of: by, pool: new JudgePool(threadsHere(), () => new EngineClient(1), 'wasm') };
    helpers.pool.use(new Blob([by.bytes as Uint8Array<ArrayBuffer>]), by.name, opened.opening);
  }
  try {
    const judgement = await helpers.pool.judge(file, options);
    return by === model.value && judgement.opening === card.value?.opening ? judgement : null;
  } catch (error) {
    // they ended with the model of before
    if (by !== model.value) return null;
    throw error;
  } finally {
    clearTimeout(ending);
    ending = setTimeout(endHelpers, HELPERS_END_MS);
  }
}

effect(() => {
  if (!helpersAllowed.value) endHelpers();
});

// an opened model is loaded on demand; the description of a replaced one is cleared
effect(() => {
  const { value } = model;
  if (value !== loaded) card.value = null;
  if (helpers && value !== helpers.of) endHelpers();
});

/** Runs work; an error becomes a notice, and it resolves to undefined. */
export async function attempting<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    notifyError(what, error);
    return undefined;
  }
}
