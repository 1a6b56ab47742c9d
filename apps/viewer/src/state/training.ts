import { batch, computed, effect, signal } from '@preact/signals';
import type { EpochRecord } from '@pyramid-mamba/model';
import type { OpenProject } from '@pyramid-mamba/projects';
import type {
  DrawnExample,
  SavedTraining,
  StagedRequest,
  Trained,
  TrainingEvent,
  TrainingRequest,
} from '../engine/training/types.js';
import { attempting, engine, helpersAllowed, startEngine } from './engine.js';
import { notify } from './notices.js';
import { model } from './opened.js';
import { project } from './project/open.js';

/** What a training is doing. `stopped` can be resumed. */
export type Phase =
  | 'idle'
  | 'preparing'
  | 'training'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'finishing'
  | 'done';
export const phase = signal<Phase>('idle');

/** Prepared pictures and their total; or held-back pictures judged at the end. */
export const counted = signal<{ done: number; total: number; computed: number } | null>(null);
/** The part of a training in stages that is being done, how far it has come, and for how long; null for others. */
export type StageEvent = Extract<TrainingEvent, { kind: 'stage' }>;
export const stage = signal<StageEvent | null>(null);
/** The drawn defects of the self-test of the model that was trained last, as small pictures. */
export const examples = signal<readonly DrawnExample[]>([]);
export type StepEvent = Extract<TrainingEvent, { kind: 'step' }>;
export const lastStep = signal<StepEvent | null>(null);
/** How far a method that learns in one pass has come. */
export const fit = signal<Extract<TrainingEvent, { kind: 'fitting' }> | null>(null);
/** Loss of every step since the page was opened, and of the epochs before. */
export const losses = signal<readonly (readonly [step: number, loss: number])[]>([]);
export const epochs = signal<readonly EpochRecord[]>([]);
/** The saved training of a closed tab. */
export const saved = signal<SavedTraining | null>(null);
export const trained = signal<Trained | null>(null);
/** Remaining seconds, by the speed of the last seconds; null while unknown. */
export const secondsLeft = signal<number | null>(null);
/** Whether something is being trained, so that another training must wait. */
export const busy = computed(() => !['idle', 'stopped', 'done'].includes(phase.value));
/** The project whose pictures are trained on; null before the first training. */
export const trainingFor = signal<OpenProject | null>(null);

effect(() => {
  helpersAllowed.value = !busy.value;
});

/** Seconds that the user gave the training; null: until it is stopped, or not known. */
export let secondsGiven: number | null = null;

/** What the training is doing, a few words for people. */
export const progressText = (): string => {
  const { doing } = stage.peek() ?? {};
  const step = lastStep.peek();
  return doing ?? (step ? `step ${step.step} of ${step.total}` : 'reading the pictures');
};

const LOOK_AGAIN_MS = 3000;
let again: ReturnType<typeof setTimeout> | undefined;

function hear(event: TrainingEvent): void {
  if (event.kind === 'note') notify('note', event.text);
  else if (event.kind === 'encoding') counted.value = event;
  else if (event.kind === 'calibrating') counted.value = { ...event, computed: 0 };
  else if (event.kind === 'epoch') epochs.value = [...epochs.value, event.record];
  else if (event.kind === 'fitting') hearFit(event);
  else if (event.kind === 'stage') hearStage(event);
  else if (event.kind === 'model') open(event.trained);
  else if (event.kind !== 'measuring') hearStep(event);
}

function hearStage(event: StageEvent): void {
  batch(() => {
    if (phase.value === 'preparing' && event.stage !== 'reading') phase.value = 'training';
    stage.value = event;
  });
}

function hearFit(event: Extract<TrainingEvent, { kind: 'fitting' }>): void {
  batch(() => {
    if (phase.value === 'preparing') phase.value = 'training';
    fit.value = event;
  });
}

function hearStep(event: StepEvent): void {
  batch(() => {
    if (phase.value === 'preparing') phase.value = 'training';
    const before = lastStep.value;
    lastStep.value = event;
    losses.value = [...losses.value, [event.step, event.loss]];
    if (before && event.imagesPerSecond > 0) secondsLeft.value = timeLeft(event);
  });
}

let batchSize = 8;
const timeLeft = ({ step, total, imagesPerSecond }: StepEvent): number =>
  ((total - step) * batchSize) / imagesPerSecond;

/** Looks for what a closed tab left behind, and again after a while as long as another tab has it open. */
export async function lookForSaved(): Promise<void> {
  clearTimeout(again);
  if (phase.value !== 'idle') return;
  // a browser without storage has none; starting a training reports that
  const found = await engine()
    .savedTraining()
    .catch(() => null);
  if (phase.value !== 'idle') return;
  saved.value = found;
  if (found?.elsewhere) again = setTimeout(() => void lookForSaved(), LOOK_AGAIN_MS);
}

function reset(): void {
  batch(() => {
    phase.value = 'preparing';
    counted.value = null;
    lastStep.value = null;
    fit.value = null;
    stage.value = null;
    examples.value = [];
    losses.value = [];
    epochs.value = [];
    secondsLeft.value = null;
    trained.value = null;
    saved.value = null;
  });
}

/** Nothing of a training is shown any more: another project is open. What is saved of it stays. */
export function forgetTraining(): void {
  clearTimeout(again);
  reset();
  phase.value = 'idle';
}

/** Stops a running training, and resolves once it has saved. */
export function stopped(): Promise<void> {
  if (['training', 'paused', 'preparing'].includes(phase.peek())) stop();
  return new Promise((resolve) => {
    const end = effect(() => {
      if (busy.value) return;
      // not within the effect that it ends
      queueMicrotask(() => end());
      resolve();
    });
  });
}

/** Starts a training that replaces the saved one, and opens the trained model in the page. */
export async function begin(request: TrainingRequest | StagedRequest): Promise<void> {
  reset();
  if ('train' in request) batchSize = request.train.batchSize;
  secondsGiven = 'time' in request && typeof request.time === 'number' ? request.time : null;
  // so that the browser does not clear stored data when space is short
  void navigator.storage?.persist?.();
  await follow(() => engine().beginTraining(request, hear));
}

/** Resumes the training of this page or the saved one. */
export async function resume(): Promise<void> {
  const history = saved.value?.history ?? [];
  if (saved.value) {
    reset();
    epochs.value = history;
    losses.value = history.map(({ step, loss }) => [step, loss]);
  } else phase.value = 'preparing';
  await follow(() => engine().resumeTraining(hear));
}

async function follow(work: () => Promise<boolean>): Promise<void> {
  const complete = await attempting('The training stopped', async () => {
    await startEngine();
    return work();
  });
  if (complete) return finish();
  if (complete === false) {
    phase.value = 'stopped';
    return;
  }
  phase.value = 'idle';
  await lookForSaved();
}

/** Sets thresholds and opens the model in the page; for a stopped training the model as it is. */
export async function finish(): Promise<void> {
  phase.value = 'finishing';
  counted.value = null;
  const found = await attempting('The model was not finished', () => engine().finishTraining());
  if (found) take(found);
  else phase.value = 'stopped';
}

function take(found: Trained): void {
  batch(() => {
    open(found);
    phase.value = 'done';
  });
  void showExamples();
}

/**
 * Opens a model that was trained here; one that is open already stays open, with what it has judged. Where another project was opened meanwhile
 * its model stays: no picture is judged by a model of something else.
 */
function open(found: Trained): void {
  const now = model.value;
  const here = trainingFor.peek()?.id === project.peek()?.id;
  const bytes = here && now && sameBytes(now.bytes, found.bytes) ? now.bytes : found.bytes;
  batch(() => {
    trained.value = { ...found, bytes: bytes as Trained['bytes'] };
    if (here && bytes !== now?.bytes) model.value = { name: found.name, bytes, info: found.info, of: null };
  });
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

async function showExamples(): Promise<void> {
  examples.value = (await attempting('The self-test is not shown', () => engine().drawnExamples())) ?? [];
}

export function pause(): void {
  phase.value = 'paused';
  void attempting('Not paused', () => engine().pauseTraining());
}

export function goOn(): void {
  phase.value = 'training';
  void attempting('Not resumed', () => engine().continueTraining());
}

export function stop(): void {
  phase.value = 'stopping';
  void attempting('Not stopped', () => engine().stopTraining());
}

/** Removes the training, and the features of its pictures, from the browser's storage. */
export async function discard(): Promise<void> {
  const gone = await attempting('Not discarded', async () => {
    await engine().discardTraining(true);
    return true;
  });
  if (!gone) return lookForSaved();
  batch(() => {
    saved.value = null;
    phase.value = 'idle';
    trained.value = null;
  });
}
