import {
  ahead,
  crop,
  drawDefect,
  isBlank,
  listsOf,
  productPart,
  resizeRgb,
  withPart,
  type ModelInput,
  type Part,
  type ProductPart,
  type RgbImage,
} from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import { inputOf, NumericError, type Exclusive, type Judged } from '@pyramid-mamba/model';
import {
  judgedWithin,
  maskOf,
  productWithin,
  thinnedPart,
  type JudgedPart,
  type ProductsAreas,
} from '../areas/index.js';
import { isLost, judgedOf, type AlignedImage } from '../locating/index.js';
import { inOrder, measurerOf, type Measurer } from '../pool/index.js';
import type { Model, NextSteps } from '../types.js';
import { peakInside } from './peak.js';
import { budgetOf, planDefects, type PlannedDefect } from './plan.js';
import type { SelfTestRecord } from './records.js';
import { groundOf, windowOn, windowSize } from './window.js';

/** Shorter side of the pictures that defects are drawn on, in pixels, where the model's input is smaller. */
const DRAWN_SIDE = 256;

/** A good picture, unseen by the model or left out of what it compares with; or a real defective one. */
export interface SelfTestPicture {
  readonly className: string;
  /** For records. */
  readonly id: string;
  /** Its pixels within an input, as `Sample.load` gives them. */
  readonly load: (input: ModelInput) => Promise<AlignedImage>;
  /**
   * Indices in the fit's `FeatureSource` of the picture itself and of its rotated copies, for a model that was fitted to it: these are left
   * out (`Detector.levelsWithout`). Absent for a picture that the model has not seen.
   */
  readonly trainedAs?: readonly number[];
  /** Shorter side of the picture as taken, in pixels, where it is known. */
  readonly side?: number;
  /** A shifted copy, see `withShiftedCopies`. */
  readonly copy?: true;
  /** A real defective picture: it is judged as it is, after the good ones, and nothing is drawn on it. */
  readonly defective?: true;
}

export interface CrossScoreOptions {
  readonly next: Pick<NextSteps, 'invalid'>;
  /** Of the drawn defects. */
  readonly seed: number | string;
  /** Drawn pictures of each class; by default 108, fewer of more than five classes. */
  readonly budget?: number;
  /** So many drawn pictures of each class were judged before: `budget` more are, and no picture as it is. By default 0. */
  readonly drawnBefore?: number;
  /** The judged part of each class's pictures: scores are of it alone, and defects are drawn there; by default all of them. */
  readonly areas?: ProductsAreas | undefined;
  /** Pictures judged together; default 4. */
  readonly batch?: number;
  /** Called after each batch; the work continues once the promise resolves. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
  /** Asked before each batch: true ends the work with an AbortError. */
  readonly stopped?: () => boolean;
  /** Taken per batch where the model itself measures. */
  readonly exclusive?: Exclusive;
  /** What measures; by default the model itself. */
  readonly measurer?: Measurer | undefined;
  /** Called with the judgement of each good picture, in order; `index` among the good ones. */
  readonly onGood?: (index: number, judged: Judged) => void;
  /** Called once with each picture whose part was not found, which has no record and is not drawn on; not with copies. */
  readonly onLost?: (picture: SelfTestPicture) => void;
  /**
   * Called with each record, the judgement that it is of, what of its map is judged, row-major (undefined where all is), and what was drawn on the picture, or on
   * the record's `window` of it.
   */
  readonly onRecord?: (
    record: SelfTestRecord,
    judged: Judged,
    mask: Uint8Array | undefined,
    drawn: Drawn['mask'],
  ) => void;
}

/** The pictures on which defects are drawn: at the input's proportions, at least 256 pixels on the shorter side, so that all models see the same ones. */
export function drawingInput(input: ModelInput): ModelInput {
  const scale = Math.max(1, DRAWN_SIDE / Math.min(input.width, input.height));
  return { ...input, width: Math.round(scale * input.width), height: Math.round(scale * input.height) };
}

/** The number of pictures that `crossScore` judges, drawn ones included. */
export function picturesInTest(
  pictures: readonly Pick<SelfTestPicture, 'className' | 'defective'>[],
  budget?: number,
): number {
  const drawnOn = pictures.filter(({ defective }) => !defective);
  const classes = new Set(drawnOn.map(({ className }) => className)).size;
  return pictures.length + classes * (budget ?? budgetOf(classes));
}

/**
 * Scores good pictures as unseen ones, and the same with drawn defects, in one pass: each picture is loaded, drawn on and judged before
 * the next, so memory does not grow with their number. The thresholds and the self-test are made from the records. A defect that cannot
 * be drawn on its picture (`drawDefect`) has no record, and neither has a picture whose copy is among the training pictures that are not left out, nor
 * one whose part was not found (`isLost`): a limit must not rise with it.
 *
 * @throws NumericError where the network computes invalid numbers, an AbortError where it is stopped
 */
export async function crossScore(
  model: Model,
  given: readonly SelfTestPicture[],
  options: CrossScoreOptions,
): Promise<SelfTestRecord[]> {
  const goodOnes = given.filter(({ defective }) => !defective);
  const pictures = [...goodOnes, ...given.filter(({ defective }) => defective)];
  const {
    next,
    seed,
    batch = 4,
    onProgress,
    onGood,
    onLost,
    onRecord,
    areas,
    drawnBefore = 0,
    stopped = () => false,
    measurer = measurerOf(model, next),
  } = options;
  const exclusive: Exclusive = (!options.measurer && options.exclusive) || ((work) => work());
  const classes = new Set(goodOnes.map(({ className }) => className)).size;
  const planned = planDefects(
    goodOnes.map(({ className }) => className),
    drawnBefore + (options.budget ?? budgetOf(classes)),
    seed,
    drawnBefore,
  );
  const byPicture = new Map<number, PlannedDefect[]>();
  for (const one of planned) byPicture.set(one.picture, [...(byPicture.get(one.picture) ?? []), one]);
  const input = inputOf(model.config);
  const window = windowSize(model.config, DRAWN_SIDE);
  // a part of the input is drawn on as it is
  const drawing = window ? input : drawingInput(input);
  const same = drawing.width === input.width && drawing.height === input.height;
  const maskAt = maskOf(areas);
  const records: SelfTestRecord[] = [];
  let done = 0;
  /** Judgements that lost pictures would have had. */
  let left = 0;
  let copies: NumericError | undefined;
  const asIs = drawnBefore === 0;
  const shown = [...pictures.entries()].filter(([at]) => asIs || byPicture.has(at));
  const loaded = ahead(shown, 2, async ([at, picture]) => ({
    at,
    picture,
    good: await picture.load(input),
    large: same || !byPicture.has(at) ? undefined : await picture.load(drawing),
  }));
  async function* tasks(): AsyncGenerator<Task, void> {
    for await (const { at, picture, good, large } of loaded) {
      const filed = ownValue(areas, picture.className);
      if (isLost(good, filed)) {
        left += (asIs ? 1 : 0) + (byPicture.get(at)?.length ?? 0);
        if (asIs && !picture.copy) onLost?.(picture);
        continue;
      }
      const about: Sized = {
        ...picture,
        side: sideOf(picture, good, window),
        ...(!picture.defective && isBlank(good) && { blank: true }),
      };
      const judged = judgedOf(good, filed);
      if (picture.defective) yield defectiveTask(about, good, judged);
      else if (asIs) yield goodTask(about, good, judged, (found) => onGood?.(at, found));
      const drawnOn = large ?? good;
      const mask = () => maskAt(picture.className, drawnOn);
      const part = onceDone(() => productWithin(productPart(drawnOn), mask()));
      const plain = onceDone(() => (large ? resizeRgb(large, good.width, good.height).data : good.data));
      const ground = onceDone(() => groundOf(good, (size) => maskAt(picture.className, size)));
      for (const recipe of byPicture.get(at) ?? [])
        yield window
          ? windowTask(about, recipe, good, windowOn(good, window, ground(), recipe.seed), mask, judged)
          : drawnTask(about, recipe, { good, large, plain }, part, judged);
    }
  }
  const judge = async (part: readonly Task[]) => {
    if (stopped()) throw new DOMException('the self-test was stopped', 'AbortError');
    const drawn = part.map((task) => task.image());
    const there = part.flatMap((task, i) => (drawn[i] ? [{ ...task, ...drawn[i] }] : []));
    const leftOut = there.map(({ picture }) => picture.trainedAs ?? []);
    const judged = await exclusive(() =>
      measurer.measure(
        there.map(({ fitted }) => fitted),
        leftOut.some(({ length }) => length > 0) ? leftOut : undefined,
      ),
    );
    return { there, judged, count: part.length };
  };
  for await (const { there, judged, count } of inOrder(listsOf(tasks(), batch), measurer.width, judge)) {
    for (const [i, one] of there.entries()) {
      const found = judged[i]!;
      if (!(found instanceof NumericError)) {
        const own = judgedWithin(model.config, found, one.judged);
        const record = one.record(own, one);
        records.push(record);
        onRecord?.(record, own.judged, own.mask, one.mask);
      }
      // a picture that another training picture is a copy of has no distance to the rest: it is no unseen picture
      else if ((one.picture.trainedAs?.length ?? 0) === 0) throw found;
      else copies ??= found;
    }
    done += count;
    await onProgress?.(done + left, (asIs ? pictures.length : 0) + planned.length);
  }
  if (copies && records.length === 0) throw copies;
  return records;
}

interface Drawn {
  /** At the model's input. */
  readonly fitted: RgbImage;
  /** Of the drawing, where there is one. */
  readonly mask?: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> };
}

/** A picture to judge, drawn when its turn comes. */
interface Task {
  readonly picture: SelfTestPicture;
  /** What of the picture is judged, see `judgedOf`. */
  readonly judged: Uint8Array | undefined;
  readonly image: () => Drawn | undefined;
  readonly record: (part: JudgedPart, drawn: Drawn) => SelfTestRecord;
}

/** What defects are drawn on. */
interface Ground {
  /** The picture at the model's input. */
  readonly good: RgbImage;
  /** The same, larger, where the input is small. */
  readonly large: RgbImage | undefined;
  /** The larger one's pixels at the size of the input. */
  readonly plain: () => ArrayLike<number>;
}

/** A picture whose `side` is known, and whether it is blank. */
type Sized = SelfTestPicture & { readonly side: number; readonly blank?: true };

/** The side that sizes refer to: of the picture, or of the part of it that is drawn on. */
function sideOf(
  { side }: SelfTestPicture,
  { width, height }: RgbImage,
  window: { readonly width: number; readonly height: number } | undefined,
): number {
  const own = Math.min(width, height);
  const taken = side ?? own;
  return window ? Math.round((taken * Math.min(window.width, window.height)) / own) : taken;
}

const aboutOf = ({ className, id, side, copy, blank }: Sized) => ({
  className,
  picture: id,
  side,
  ...(copy ? { copy } : {}),
  ...(blank ? { blank } : {}),
});

const defectiveTask = (picture: Sized, image: RgbImage, judged: Task['judged']): Task => ({
  picture,
  judged,
  image: () => ({ fitted: image }),
  record: ({ judged: { score } }) => ({ ...aboutOf(picture), kind: 'defective', score }),
});

function goodTask(
  picture: Sized,
  good: RgbImage,
  judged: Task['judged'],
  hear: (judged: Judged) => void,
): Task {
  return {
    picture,
    judged,
    image: () => ({ fitted: good }),
    record(part) {
      hear(part.judged);
      return { ...aboutOf(picture), kind: 'good', score: part.judged.score, thinned: thinnedPart(part) };
    },
  };
}

function drawnTask(
  picture: Sized,
  { kind, size, contrast, seed }: PlannedDefect,
  ground: Ground,
  part: () => ProductPart,
  judged: Task['judged'],
): Task {
  const drawnOn = ground.large ?? ground.good;
  return {
    picture,
    judged,
    image() {
      const drawn = drawDefect(drawnOn, { kind, size, contrast, seed }, part());
      return drawn && { fitted: changedLike(ground, drawn.image), mask: drawn.mask };
    },
    record: ({ judged }, { mask }) => ({
      ...aboutOf(picture),
      kind,
      size,
      contrast,
      seed,
      score: judged.score,
      peakInside: peakInside(judged, mask!),
      drawnAt: { width: drawnOn.width, height: drawnOn.height },
    }),
  };
}

/** A defect drawn on a part of a large picture. */
function windowTask(
  picture: Sized,
  { kind, size, contrast, seed }: PlannedDefect,
  good: RgbImage,
  window: Part,
  areaAt: () => Uint8Array | undefined,
  judged: Task['judged'],
): Task {
  return {
    picture,
    judged,
    image() {
      const here = crop(good, window);
      const all = areaAt();
      const mask = all && crop({ width: good.width, height: good.height, data: all }, window).data;
      // nothing of it is judged
      if (mask && !mask.includes(1)) return undefined;
      const part = productWithin(productPart(here), mask && Uint8Array.from(mask));
      const drawn = drawDefect(here, { kind, size, contrast, seed }, part);
      return drawn && { fitted: withPart(good, drawn.image, window), mask: drawn.mask };
    },
    record: ({ judged }, { mask }) => ({
      ...aboutOf(picture),
      kind,
      size,
      contrast,
      seed,
      score: judged.score,
      peakInside: peakInside(judged, mask!, window),
      drawnAt: { width: good.width, height: good.height },
      window,
    }),
  };
}

function onceDone<T>(work: () => T): () => T {
  let done: { value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

/** A picture changed as a larger version of it was: what was not drawn on keeps its bits, however the two were resized. */
function changedLike({ good, large, plain }: Ground, drawn: RgbImage): RgbImage {
  const { width, height } = good;
  if (!large) return drawn;
  const before = plain();
  const after = resizeRgb(drawn, width, height).data;
  const data = new Uint8Array(good.data);
  for (let i = 0; i < data.length; i++)
    if (after[i] !== before[i]) data[i] = Math.min(255, Math.max(0, data[i]! + after[i]! - before[i]!));
  return { width, height, data };
}
