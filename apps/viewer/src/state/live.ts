import { computed, effect, signal } from '@preact/signals';
import type { Areas } from '../engine/areas.js';
import type { JudgeOptions, Judgement } from '../engine/engine.js';
import { attempting, engine, loadOpenModel } from './engine.js';
import { keepAreas, keptAreas } from './keptAreas.js';
import { model, run, thresholds } from './opened.js';

/** A judged picture. */
export interface Shot {
  readonly id: number;
  readonly name: string;
  /** The file; null for a frame of the camera. */
  readonly file: Blob | null;
  /** The picture as it was judged, at most 1024 pixels a side. */
  readonly bitmap: ImageBitmap;
  readonly judgement: Judgement;
}

/** More judged pictures than this are not kept: the oldest go. */
const KEPT = 200;
const KEPT_NG = 60;
/** Longest side of what is kept to be shown, in pixels. */
const SHOWN_SIDE = 1024;

/** Judged files, the newest first, and the one that is looked at; while a camera runs, that is its last frame. */
export const shots = signal<readonly Shot[]>([]);
export const current = signal<Shot | null>(null);
/** NG pictures, the newest first. */
export const strip = signal<readonly Shot[]>([]);
/** What counts of the pictures; kept in the browser from one visit to the next. */
export const areas = signal<Areas>(keptAreas());
effect(() => keepAreas(areas.value));
/** The product to judge by, or '' to find it out. */
export const product = signal('');
/** Files that wait to be judged. */
export const waiting = signal(0);
/** Opacity of the heat map, 0 to 1. */
export const heatOpacity = signal(0.8);

let nextId = 0;

/** Thresholds that were dragged in the page count here too where the model is that of the opened run. */
const overrides = computed(() =>
  model.value?.name.startsWith(`${run.value?.name}.`) ? thresholds.value : {},
);

function options(name: string): JudgeOptions {
  return {
    name,
    areas: areas.value,
    thresholds: overrides.value,
    ...(product.value === '' ? {} : { className: product.value }),
  };
}

/** The scale a picture becomes shown at. */
const shownSize = (width: number, height: number) => {
  const factor = Math.min(1, SHOWN_SIDE / Math.max(width, height));
  return {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'medium' as const,
  };
};

/** Judges a file by what counts now; where that was changed meanwhile (an area, the product), once more. */
async function judgedByWhatCounts(name: string, file: Blob): Promise<Judgement> {
  for (;;) {
    const asked = options(name);
    const judgement = await engine().judge(file, asked);
    const now = options(name);
    if (
      asked.areas === now.areas &&
      asked.thresholds === now.thresholds &&
      asked.className === now.className
    ) {
      return judgement;
    }
  }
}

async function judgeFile(name: string, file: Blob): Promise<Shot> {
  const judgement = await judgedByWhatCounts(name, file);
  // only now: the worker has checked the header, and a file that lies about its size is not decoded here
  const bitmap = await createImageBitmap(file, shownSize(judgement.width, judgement.height));
  return { id: nextId++, name, file, bitmap, judgement };
}

let queue: Promise<void> = Promise.resolve();

/** Judges files one after the other; a file that cannot be read gives a notice, and the others go on. */
export function judgeFiles(files: readonly File[]): Promise<void> {
  waiting.value += files.length;
  for (const file of files) {
    queue = queue.then(async () => {
      const shot = await attempting('Not judged', async () => {
        await loadOpenModel();
        return judgeFile(file.name, file);
      });
      waiting.value--;
      if (!shot) return;
      shots.value = [shot, ...shots.value].slice(0, KEPT);
      current.value = shot;
      keepNg(shot);
    });
  }
  return queue;
}

/** Judges a frame of the camera. */
export async function judgeFrame(video: HTMLVideoElement, name: string): Promise<Shot> {
  const frame = await createImageBitmap(video);
  const bitmap = await createImageBitmap(frame, shownSize(frame.width, frame.height));
  const judgement = await engine().judge(frame, options(name));
  const shot: Shot = { id: nextId++, name, file: null, bitmap, judgement };
  const before = current.value;
  current.value = shot;
  keepNg(shot);
  // frames come many a second: what nobody looks at any more is freed at once
  if (before && before.file === null && !strip.value.includes(before)) before.bitmap.close();
  return shot;
}

/** Of a camera's NG frames one a second is kept. */
let lastNg = -Infinity;

function keepNg(shot: Shot): void {
  if (shot.judgement.verdict !== 'NG') return;
  const now = performance.now();
  if (shot.file === null && now - lastNg < 1000) return;
  lastNg = now;
  strip.value = [shot, ...strip.value].slice(0, KEPT_NG);
}

/** Judges the file that is looked at once more, by what counts now. */
export async function judgeAgain(): Promise<void> {
  const shot = current.value;
  if (!shot?.file || !model.value) return;
  const { file, name } = shot;
  const again = await attempting('Not judged', async () => {
    await loadOpenModel();
    return { ...shot, judgement: await judgedByWhatCounts(name, file) };
  });
  if (!again) return;
  const replaced = (list: readonly Shot[]) => list.map((one) => (one.id === again.id ? again : one));
  shots.value = replaced(shots.value);
  if (current.value?.id === again.id) current.value = again;
}

// judgements of another model say nothing of this one
let judgedBy = model.value;
effect(() => {
  if (model.value === judgedBy) return;
  judgedBy = model.value;
  shots.value = [];
  strip.value = [];
  const shown = current.peek();
  current.value = null;
  product.value = '';
  // a file one looks at is judged by the new model
  if (model.value && shown?.file) void judgeFiles([new File([shown.file], shown.name)]);
});
