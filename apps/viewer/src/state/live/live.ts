import { computed, effect, signal } from '@preact/signals';
import { ownValue, type VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration } from '@pyramid-mamba/model';
import type { JudgeOptions, Judgement, Picture } from '../../engine/engine.js';
import { judgeByHelpers, judgeByOpenModel, lanesFor } from '../engine.js';
import { concluded, concludedInTurn, decided, limitsBy, SETTLED } from './again.js';
import { areas, areasByProduct } from './areas.js';
import { product } from './product.js';
import { newRow, rowOf } from './identity.js';
import { sayingLarge } from './large.js';
import { Lanes } from './lanes.js';
import { notifyError } from '../notices.js';
import { model, modelIds, run, thresholds, type OpenModel } from '../opened.js';
import { project } from '../project/open.js';
import { clearRecord, follow, record, recordAgain, recordFailure } from './record.js';
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

type Moved = Readonly<Record<string, Calibration>>;

/** Those of the page that count for the open model. */
function movedNow(): Moved {
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
}

const differs = (a: VerdictThresholds, b: VerdictThresholds | undefined): boolean =>
  a.review !== b?.review || a.reject !== b.reject;

/** Whether verdicts by both are the same. */
const sameMoved = (a: Moved, b: Moved): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, one]) => {
    const other = ownValue(b, name);
    return other !== undefined && !differs(one, other) && one.scoreRange[1] === other.scoreRange[1];
  });

let last: Moved = {};
/**
 * Thresholds changed in the page, by class: they apply if the model is that of the opened run. The same object as before where they are the same, also
 * when a project keeps a verdict and its results are made anew: a judgement by others is stale.
 */
export const moved = computed<Moved>(() => {
  const next = movedNow();
  return (last = sameMoved(last, next) ? last : next);
});

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

/** What a judgement was made by. */
interface By {
  readonly model: OpenModel | null;
  readonly options: JudgeOptions;
}
const byNow = (name: string): By => ({ model: model.value, options: options(name) });
const stillCounts = (by: By): boolean =>
  by.model === model.value && sameOptions(by.options, options(by.options.name ?? ''));

/** Judges a picture with the current settings; again if they (the model, an area, the product) changed meanwhile. */
async function judgedByWhatCounts(
  name: string,
  picture: () => Promise<Picture>,
  judge = judgeByOpenModel,
): Promise<{ readonly by: By; readonly judgement: Judgement }> {
  for (;;) {
    const by = byNow(name);
    const judgement = await judge(await picture(), by.options);
    // the small maps are not shown here
    if (judgement && stillCounts(by)) return { by, judgement: { ...judgement, levels: [] } };
  }
}

/** A file to be judged. */
interface Waiting {
  readonly name: string;
  readonly file: Blob;
}

/** A judged file and what it was judged by, which may have changed before it is shown. */
interface Judged {
  readonly by: By;
  readonly shot: Shot;
}

const judgeFile = (id: number, one: Waiting): Promise<Judged> =>
  sayingLarge(one.name, one.file, () => judgedFile(id, one));

async function judgedFile(id: number, { name, file }: Waiting): Promise<Judged> {
  const judge: typeof judgeByOpenModel = (_, asked) =>
    helped ? judgeByHelpers(file, asked) : judgeByOpenModel(file, asked);
  const { by, judgement } = await judgedByWhatCounts(name, () => Promise.resolve(file), judge);
  const shot: Shot = { id, name, from: 'file', picture: file, judgement, stale: null };
  // only now: the worker has checked the header, so that a file with a false size is not decoded here
  await bitmapOf(shot);
  return { by, shot };
}

let queue: Promise<void> = Promise.resolve();
/** Of files that are being judged or wait to be shown in their turn. */
const lanes = new Lanes();
/** Whether workers help, because many files wait. */
let helped = false;
/** Files queued before a stop are not judged any more. */
let stops = 0;

/** Judges files, shown in their order; a file that cannot be read gives a notice, and the others continue. */
export function judgeFiles(files: readonly File[]): Promise<void> {
  return enqueue(new Map(files.map((file) => [rowOf(file), { name: file.name, file }])));
}

function enqueue(files: ReadonlyMap<number, Waiting>): Promise<void> {
  waiting.value += files.size;
  const asked = stops;
  const wanted = () => asked === stops;
  for (const [id, one] of files) {
    const lane = lanes.enter();
    const found = lane.then(async () => (wanted() ? judgeFile(id, one) : undefined));
    // it is handled in its turn
    found.catch(() => undefined);
    queue = queue.then(async () => {
      try {
        let judged = await found;
        // decoding it and waiting for its turn take time, in which a model, a product or an area may have been changed
        while (wanted() && judged && !stillCounts(judged.by)) judged = await judgeFile(id, one);
        if (wanted() && judged) take(judged.shot);
      } catch (error) {
        if (!wanted()) return;
        recordFailure(id, one.name, error);
        notifyError('Not judged', error);
      } finally {
        if (wanted()) waiting.value--;
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
  waiting.value = 0;
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
  // a camera's frame lies there as a file
  strip.value = strip.value.map((one) => (one.id === shot.id ? { ...shot, picture: one.picture } : one));
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
    const { judgement } = await judgedByWhatCounts(name, again);
    replace({ ...shot, judgement, stale: null });
  } catch (error) {
    // a frame already replaced by the next one
    if (picture instanceof ImageBitmap && current.value?.id !== shot.id) return;
    notifyError('Not judged', error);
    replace({ ...shot, stale: 'not judged with the areas and the product that are set now' });
  }
}

let settling: ReturnType<typeof setTimeout> | undefined;

/** Replaces judged pictures in both lists, each once. */
function others(next: (shot: Shot) => Shot): void {
  const made = new Map<Shot, Shot>();
  const once = (shot: Shot): Shot => {
    const found = made.get(shot) ?? next(shot);
    made.set(shot, found);
    return found;
  };
  shots.value = shots.peek().map(once);
  strip.value = strip.peek().map(once);
}

// changed thresholds change verdicts without running the network: at once, with the regions of the shown picture; those of the others follow
effect(() => {
  const by = moved.value;
  const opened = model.peek();
  const limitsOf = limitsBy(opened?.info, by);
  others((shot) => ({ ...shot, judgement: decided(shot.judgement, limitsOf) }));
  // also those that are no longer listed
  follow(limitsOf);
  const shown = current.peek();
  if (shown) current.value = concluded(shown, limitsOf);
  clearTimeout(settling);
  settling = setTimeout(() => {
    // pictures that another model has judged meanwhile are not decided by the limits of this one
    const isOld = () => moved.peek() !== by || model.peek() !== opened;
    const listed = new Set([...shots.peek(), ...strip.peek()]);
    void concludedInTurn(listed, limitsOf, isOld).then((found) =>
      others((shot) => {
        const next = found.get(shot);
        if (next) recordAgain(next);
        return next ?? shot;
      }),
    );
  }, SETTLED);
});

// judgements of another model do not apply
let [judgedBy, judgedIn] = [model.value, project.value];
effect(() => {
  const [by, open] = [model.value, project.value];
  const elsewhere = open !== judgedIn;
  if (by === judgedBy && !elsewhere) return;
  [judgedBy, judgedIn] = [by, open];
  const shown = current.peek();
  shots.value = [];
  strip.value = [];
  stripForgot.value = 0;
  clearRecord();
  product.value = '';
  look(null);
  // no other project's model judges what waits
  if (elsewhere || !by) stopQueue();
  // the shown file is judged by the new model; one that waits is in any case
  else if (shown?.from === 'file' && shown.picture instanceof Blob) {
    const { name, picture: file } = shown;
    void enqueue(new Map([[rowOf(file), { name, file }]]));
  }
});
