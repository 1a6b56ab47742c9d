import { computed, effect, signal } from '@preact/signals';
import { ownValue, type VerdictThresholds } from '@pyramid-mamba/metrics';
import { conclude } from '@pyramid-mamba/inspect';
import type { JudgeOptions, Judgement, Picture } from '../../engine/engine.js';
import { judgeByHelpers, judgeByOpenModel, lanesFor } from '../engine.js';
import { areas, areasByProduct } from './areas.js';
import { product } from './product.js';
import { forgetRows, newRow, rowOf } from './identity.js';
import { Lanes } from './lanes.js';
import { notifyError } from '../notices.js';
import { model, modelIds, run, thresholds } from '../opened.js';
import { project } from '../project/open.js';
import {
  addAsEarlier,
  clearRecord,
  record,
  recordAgain,
  recordFailure,
  recordNow,
  restoreAsEarlier,
  restoreRecord,
  type Recorded,
} from './record.js';
import {
  asFile,
  bitmapOf,
  current,
  KEPT,
  KEPT_NG,
  letGo,
  shots,
  strip,
  stripForgot,
  type Shot,
} from './shots.js';
import { isChanged } from '../tuning.js';

export { areas } from './areas.js';
export { product } from './product.js';
/** Files waiting to be judged. */
export const waiting = signal(0);
/** Opacity of the heat map, 0 to 1. */
export const heatOpacity = signal(0.8);

/** Thresholds changed in the page, by class: they apply if the model is that of the opened run. */
export const moved = computed<NonNullable<JudgeOptions['thresholds']>>(() => {
  const opened = model.value;
  const own = opened !== null && modelIds.has(opened.bytes) && project.value !== null;
  // of a project all thresholds that differ from those in its model's file
  if (own)
    return Object.fromEntries(
      Object.entries(thresholds.value).filter(([name, one]) =>
        differs(one, ownValue(opened.info.calibration, name)),
      ),
    );
  const from = opened?.of ?? null;
  if (from === null || from !== run.value) return {};
  return Object.fromEntries(Object.entries(thresholds.value).filter(([name]) => isChanged(name)));
});

const differs = (a: VerdictThresholds, b: VerdictThresholds | undefined): boolean =>
  a.review !== b?.review || a.reject !== b.reject;

function options(name: string): JudgeOptions {
  return {
    name,
    ...(areasByProduct.value ? { areasOf: areasByProduct.value } : { areas: areas.value }),
    thresholds: moved.value,
    ...(product.value === '' ? {} : { className: product.value }),
  };
}

const sameOptions = (a: JudgeOptions, b: JudgeOptions): boolean =>
  a.areas === b.areas &&
  a.areasOf === b.areasOf &&
  a.thresholds === b.thresholds &&
  a.className === b.className;

/** Judges a picture with the current settings; again if they (the model, an area, the product) changed meanwhile. */
async function judgedByWhatCounts(
  name: string,
  picture: () => Promise<Picture>,
  by = judgeByOpenModel,
): Promise<Judgement> {
  for (;;) {
    const asked = options(name);
    const judgement = await by(await picture(), asked);
    // the small maps are not shown here
    if (judgement && sameOptions(asked, options(name))) return { ...judgement, levels: [] };
  }
}

/** A file to be judged. */
interface Waiting {
  readonly name: string;
  readonly file: Blob;
}

async function judgeFile(id: number, { name, file }: Waiting): Promise<Shot> {
  const judge: typeof judgeByOpenModel = (_, asked) =>
    helped ? judgeByHelpers(file, asked) : judgeByOpenModel(file, asked);
  for (;;) {
    const [by, asked] = [model.value, options(name)];
    const judgement = await judgedByWhatCounts(name, () => Promise.resolve(file), judge);
    const shot: Shot = { id, name, from: 'file', picture: file, judgement, stale: null };
    // only now: the worker has checked the header, so that a file with a false size is not decoded here
    await bitmapOf(shot);
    // decoding takes time too, in which the product or an area may have been changed
    if (by === model.value && sameOptions(asked, options(name))) return shot;
  }
}

let queue: Promise<void> = Promise.resolve();
/** Of files that are being judged or wait to be shown in their turn. */
const lanes = new Lanes();
/** Whether workers help, because many files wait. */
let helped = false;
/** Files queued before a stop are not judged any more. */
let stops = 0;

/** The waiting files and the one that is being judged, by the id that its line and its shot have. */
const queued = new Map<number, Waiting>();

/** Judges files, shown in their order; a file that cannot be read gives a notice, and the others continue. */
export function judgeFiles(files: readonly File[]): Promise<void> {
  return enqueue(new Map(files.map((file) => [rowOf(file), { name: file.name, file }])));
}

function enqueue(files: ReadonlyMap<number, Waiting>): Promise<void> {
  waiting.value += files.size;
  const asked = stops;
  for (const [id, one] of files) {
    queued.set(id, one);
    const lane = lanes.enter();
    const found = lane.then(async () => (asked === stops ? judgeFile(id, one) : undefined));
    // it is handled in its turn
    found.catch(() => undefined);
    queue = queue.then(async () => {
      try {
        const shot = await found;
        if (asked === stops && shot) take(shot);
      } catch (error) {
        if (asked !== stops) return;
        recordFailure(id, one.name, error);
        notifyError('Not judged', error);
      } finally {
        if (asked === stops) {
          queued.delete(id);
          waiting.value--;
        }
        (await lane)();
      }
    });
  }
  return queue;
}

// decided when the number of waiting files changes: a long queue that comes while the engine starts is helped, too
effect(() => {
  const width = lanesFor(waiting.value);
  if (width === 1 && waiting.value > 0 && helped) return;
  helped = width > 1;
  lanes.width = width;
});

/** Called with each judged file, and again with each new judgement of it. */
export const onJudged = new Set<(shot: Shot) => void>();

function take(shot: Shot): void {
  record(shot);
  for (const hear of onJudged) hear(shot);
  shots.value = [shot, ...shots.value.filter(({ id }) => id !== shot.id)].slice(0, KEPT);
  look(shot);
  void keepNg(shot);
}

/** Cancels the waiting files. */
export function stopQueue(): void {
  stops++;
  queued.clear();
  waiting.value = 0;
}

/** The judged files, NG pictures and recorded verdicts, to be judged again or restored. */
export interface Kept {
  readonly shots: readonly Shot[];
  readonly strip: readonly Shot[];
  readonly recorded: Recorded;
}
export const keptNow = (): Kept => ({ shots: shots.value, strip: strip.value, recorded: recordNow() });

/** Judges these files again, the oldest first, and then those that are waiting. */
function judgeFirst(judged: readonly Shot[]): void {
  const files = new Map<number, Waiting>();
  for (const { id, name, picture } of [...judged].reverse())
    if (picture instanceof Blob) files.set(id, { name, file: picture });
  for (const [id, file] of queued) if (!files.has(id)) files.set(id, file);
  stopQueue();
  void enqueue(files);
}

/**
 * Judges files again with the current model: results of the previous one are not shown beside it.
 * The recorded verdicts stay, each with a remark that names the earlier model, until its file is judged again.
 */
export function judgeAllAgain({ shots: judged, recorded }: Kept, earlier: string): void {
  restoreAsEarlier(recorded, earlier);
  judgeFirst(judged);
}

/** Restores the judgements of a model that is open again; files judged since by the undone model are judged again. */
export function restore(kept: Kept, since: Kept, undone: string): void {
  restoreRecord(kept.recorded);
  addAsEarlier(since.recorded, undone);
  [shots.value, strip.value] = [kept.shots, kept.strip];
  for (const id of queued.keys()) if (kept.recorded.lines.has(id)) queued.delete(id);
  judgeFirst(since.shots.filter(({ id }) => !kept.recorded.lines.has(id)));
  look(kept.shots[0] ?? null);
}

/** Replaces the shown shot. */
export function look(shot: Shot | null): void {
  const before = current.value;
  current.value = shot;
  // many frames per second: free what is no longer shown at once
  if (before !== shot) letGo(before);
}

/** Judges a frame of the camera and shows it; null if stale, because the model or the areas changed meanwhile. */
export async function judgeFrame(video: HTMLVideoElement, name: string): Promise<Shot | null> {
  const frame = await createImageBitmap(video);
  const picture = await createImageBitmap(frame);
  try {
    const asked = options(name);
    const judgement = await judgeByOpenModel(frame, asked);
    if (!judgement || !sameOptions(asked, options(name))) {
      picture.close();
      return null;
    }
    return { id: newRow(), name, from: 'camera', picture, judgement, stale: null };
  } catch (error) {
    picture.close();
    throw error;
  }
}

/** Shows a judged frame. */
export function showFrame(shot: Shot): void {
  void keepNg(shot);
  look(shot);
}

/** Hides a camera's frame: nothing stale may look current. */
export function hideFrame(): void {
  if (current.value?.from === 'camera') look(null);
}

/** One NG frame per second of a camera is stored. */
let lastNg = -Infinity;

async function keepNg(shot: Shot): Promise<void> {
  if (shot.judgement.verdict !== 'NG') return;
  if (shot.from === 'camera') {
    const now = performance.now();
    if (now - lastNg < 1000) return;
    lastNg = now;
  }
  const by = model.value;
  const kept = await asFile(shot);
  if (by !== model.value) return;
  const others = strip.value.filter(({ id }) => id !== shot.id);
  if (others.length >= KEPT_NG) stripForgot.value++;
  strip.value = [kept, ...others].slice(0, KEPT_NG);
}

const replace = (shot: Shot) => {
  recordAgain(shot);
  for (const hear of onJudged) hear(shot);
  shots.value = shots.value.map((one) => (one.id === shot.id ? shot : one));
  if (current.value?.id === shot.id) current.value = shot;
};

/** Judges the shown picture again with the current settings; its old verdict is hidden until then. */
export async function judgeAgain(): Promise<void> {
  const shot = current.value;
  if (!shot || !model.value) return;
  const { name, picture } = shot;
  replace({ ...shot, stale: 'judging again …' });
  try {
    const again = async () => (picture instanceof ImageBitmap ? createImageBitmap(picture) : picture);
    replace({ ...shot, judgement: await judgedByWhatCounts(name, again), stale: null });
  } catch (error) {
    // a frame already replaced by the next one
    if (picture instanceof ImageBitmap && current.value?.id !== shot.id) return;
    notifyError('Not judged', error);
    replace({ ...shot, stale: 'not judged with the areas and the product that are set now' });
  }
}

// changed thresholds change verdicts without running the network
effect(() => {
  const by = moved.value;
  const again = (shot: Shot): Shot => {
    const { className } = shot.judgement;
    const own = ownValue(model.peek()?.info.calibration, className) ?? null;
    const found = conclude(shot.judgement, own, ownValue(by, className));
    return { ...shot, judgement: { ...shot.judgement, ...found } };
  };
  shots.value = shots.peek().map(again);
  shots.peek().forEach(recordAgain);
  const shown = current.peek();
  if (shown) current.value = again(shown);
});

// judgements of another model do not apply
let judgedBy = model.value;
effect(() => {
  if (model.value === judgedBy) return;
  judgedBy = model.value;
  const shown = current.peek();
  shots.value = [];
  strip.value = [];
  stripForgot.value = 0;
  clearRecord();
  forgetRows();
  product.value = '';
  look(null);
  // the shown file is judged by the new model
  if (model.value && shown?.from === 'file' && shown.picture instanceof Blob) {
    // by the row that it has if the project's pictures are judged again, too
    void enqueue(new Map([[rowOf(shown.picture, shown.id), { name: shown.name, file: shown.picture }]]));
  }
});
