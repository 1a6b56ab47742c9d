import { batch, computed, signal } from '@preact/signals';
import type { EpochRecord } from '@pyramid-mamba/model';
import type { SavedTraining, Trained, TrainingEvent, TrainingRequest } from '../engine/training/types.js';
import { attempting, engine, startEngine } from './engine.js';
import type { Shot } from './shots.js';
import { notify } from './notices.js';
import { model } from './opened.js';

/** What a training is doing. `stopped` can be gone on with. */
export type Phase =
  'idle' | 'preparing' | 'training' | 'paused' | 'stopping' | 'stopped' | 'finishing' | 'done';
export const phase = signal<Phase>('idle');

/** Pictures prepared, of how many; or held-back pictures judged at the end. */
export const counted = signal<{ done: number; total: number; computed: number } | null>(null);
export type StepEvent = Extract<TrainingEvent, { kind: 'step' }>;
export const lastStep = signal<StepEvent | null>(null);
/** Loss of every step since the page was opened, and of the epochs before. */
export const losses = signal<readonly (readonly [step: number, loss: number])[]>([]);
export const epochs = signal<readonly EpochRecord[]>([]);
/** What a closed tab left behind. */
export const saved = signal<SavedTraining | null>(null);
export const trained = signal<Trained | null>(null);
/** Seconds that are left, by the speed of the last seconds; null while it is not known. */
export const secondsLeft = signal<number | null>(null);
/** What a fine-tuning is doing, for people; null when there is none. */
export const fineTuning = signal<string | null>(null);

/** Whether something is being trained, so that another training must wait. */
export const busy = computed(
  () => !['idle', 'stopped', 'done'].includes(phase.value) || fineTuning.value !== null,
);

/** Whether the open model is the one that was trained in this page. */
export const trainedHere = computed(
  () => trained.value !== null && model.value?.info.fingerprint === trained.value.info.fingerprint,
);

/** Epochs after "this one is fine". */
const FINE_TUNING_EPOCHS = 5;

function hear(event: TrainingEvent): void {
  if (event.kind === 'note') notify('note', event.text);
  else if (event.kind === 'encoding') counted.value = event;
  else if (event.kind === 'calibrating') counted.value = { ...event, computed: 0 };
  else if (event.kind === 'epoch') epochs.value = [...epochs.value, event.record];
  else hearStep(event);
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

/** Looks for what a closed tab left behind. */
export async function lookForSaved(): Promise<void> {
  if (phase.value !== 'idle') return;
  // a browser without storage has none; training says so when it is asked for
  saved.value = await engine()
    .savedTraining()
    .catch(() => null);
}

function reset(): void {
  batch(() => {
    phase.value = 'preparing';
    counted.value = null;
    lastStep.value = null;
    losses.value = [];
    epochs.value = [];
    secondsLeft.value = null;
    trained.value = null;
    saved.value = null;
  });
}

/** Begins a training in place of the saved one, and ends with a model that is open in the page. */
export async function begin(request: TrainingRequest): Promise<void> {
  reset();
  batchSize = request.train.batchSize;
  // the browser then does not clear what is kept when space is short
  void navigator.storage?.persist?.();
  await follow(() => engine().beginTraining(request, hear));
}

/** Goes on with the training at hand or the saved one. */
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

/** Thresholds, and the model open in the page; of a stopped training the model as far as it came. */
export async function finish(): Promise<void> {
  phase.value = 'finishing';
  counted.value = null;
  const found = await attempting('The model was not finished', () => engine().finishTraining());
  if (found) take(found);
  else phase.value = 'stopped';
}

function take(found: Trained): void {
  batch(() => {
    trained.value = found;
    model.value = { name: found.name, bytes: found.bytes, info: found.info, of: null };
    phase.value = 'done';
  });
}

export function pause(): void {
  phase.value = 'paused';
  void attempting('Not paused', () => engine().pauseTraining());
}

export function goOn(): void {
  phase.value = 'training';
  void attempting('Not gone on', () => engine().continueTraining());
}

export function stop(): void {
  phase.value = 'stopping';
  void attempting('Not stopped', () => engine().stopTraining());
}

/** Removes the training, and the features of its pictures, from the browser's storage. */
export async function discard(): Promise<void> {
  await attempting('Not discarded', () => engine().discardTraining(true));
  batch(() => {
    saved.value = null;
    phase.value = 'idle';
    trained.value = null;
  });
}

/** Teaches the model trained here that a picture is good after all; it is then judged again by what came of it. */
export async function fineTune({ picture, judgement, name }: Shot): Promise<void> {
  const { className } = judgement;
  fineTuning.value = 'Learning this picture …';
  const found = await attempting(`${name} was not learnt`, async () =>
    engine().addGood(
      picture instanceof ImageBitmap ? await createImageBitmap(picture) : picture,
      className,
      FINE_TUNING_EPOCHS,
      (event) => {
        if (event.kind === 'step') {
          fineTuning.value = `Learning this picture: step ${event.step} of ${event.total} …`;
        } else if (event.kind === 'calibrating') fineTuning.value = 'Setting the thresholds anew …';
      },
    ),
  );
  fineTuning.value = null;
  if (found) take(found);
}
