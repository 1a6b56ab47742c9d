import type { Dataset } from '@pyramid-mamba/data';
import {
  blankNote,
  fewPicturesOf,
  locatedSamples,
  notLearnt,
  picturesInTest,
  testModel,
  testPictures,
  type LocatedSample,
  type ProductsAreas,
  type SelfTestPicture,
  type TestedModel,
  type TrainingParts,
} from '@pyramid-mamba/inspect';
import type { Detector, Locating, SelfTest } from '@pyramid-mamba/model';
import type { Judging } from '../threads/judging.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { LOST_IN, lostLines } from '../text/lostLines.js';
import { classLines } from '../text/manyClasses.js';
import { THRESHOLDS_IN, thresholdLine } from '../text/thresholdLine.js';

export interface TestedOn {
  dataset: Dataset;
  heldBack: readonly string[];
  pictures: TrainingParts;
  seed: number;
  /** The share of good pictures that may be judged NG. */
  maxFalseRejects?: number | undefined;
  /** The judged part of each class's pictures. */
  areas?: ProductsAreas | undefined;
  /** How the part is found in each picture. */
  locating?: Locating | undefined;
  /** See `TestOptions`. */
  resembling?: SelfTest | undefined;
}

/** The held-back pictures of a data set, with its validation split; aligned, where the model locates. */
export function heldBackOf({
  dataset,
  heldBack,
  locating,
}: Pick<TestedOn, 'dataset' | 'heldBack' | 'locating'>): readonly LocatedSample[] {
  const ids = new Set(heldBack);
  const held = [...dataset.test.filter(({ id }) => ids.has(id)), ...(dataset.validation ?? [])];
  return locatedSamples(held, locating);
}

/** Thresholds of a new model, printed one line per class, and its self-test. */
export async function testNewModel(
  on: TestedOn,
  model: Detector,
  io: Io,
  judging: Judging,
): Promise<TestedModel> {
  const { dataset, seed } = on;
  const pictures = testPictures(model, {
    train: locatedSamples(dataset.train, on.locating),
    ways: on.pictures.ofPicture,
    held: heldBackOf(on),
    seed,
  });
  const judges = await judging.judgesOf(model, picturesInTest(pictures));
  const progress = new Progress(io);
  const lost: SelfTestPicture[] = [];
  const tested = await testModel(model, pictures, {
    next: NEXT,
    seed,
    maxFalseRejects: on.maxFalseRejects,
    areas: on.areas,
    resembling: on.resembling,
    measurer: judges?.measurer,
    onLost: (picture) => lost.push(picture),
    onProgress: (done, total) =>
      progress.update({ done, total, label: `testing itself: picture ${done} of ${total}` }),
  }).finally(() => progress.clear());
  const independent = pictures.filter(({ copy }) => !copy);
  for (const line of classLines(lostLines(lost, independent), LOST_IN)) say(io, line);
  const { calibration, selfTest, blank } = tested;
  if (blank.length > 0) say(io, `note: ${blankNote(blank.map(({ picture }) => picture))}`);
  const lines = Object.entries(calibration).map(([name, own]) => thresholdLine(name, own));
  for (const line of classLines(lines, THRESHOLDS_IN)) say(io, line);
  if (on.maxFalseRejects !== undefined) {
    const few = fewPicturesOf(calibration, on.maxFalseRejects).map((line) => `note: ${line}`);
    for (const line of classLines(few, 'they have as few good pictures')) say(io, line);
  }
  const unusable = Object.keys(selfTest).filter((name) => !Object.hasOwn(calibration, name));
  if (unusable.length > 0) say(io, `note: ${notLearnt(unusable, NEXT)}`);
  return tested;
}
