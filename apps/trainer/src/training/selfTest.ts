import type { Dataset, Sample } from '@pyramid-mamba/data';
import {
  fewPicturesOf,
  locatedSamples,
  notLearnt,
  picturesInTest,
  testModel,
  testPictures,
  type ProductsAreas,
  type TestedModel,
  type TrainingParts,
} from '@pyramid-mamba/inspect';
import type { Detector, Locating } from '@pyramid-mamba/model';
import type { Judging } from '../threads/judging.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { thresholdLine } from '../text/thresholdLine.js';

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
}

/** The held-back pictures of a data set, with its validation split; aligned, where the model locates. */
export function heldBackOf({
  dataset,
  heldBack,
  locating,
}: Pick<TestedOn, 'dataset' | 'heldBack' | 'locating'>): readonly Sample[] {
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
  const tested = await testModel(model, pictures, {
    next: NEXT,
    seed,
    maxFalseRejects: on.maxFalseRejects,
    areas: on.areas,
    measurer: judges?.measurer,
    onProgress: (done, total) =>
      progress.update({ done, total, label: `testing itself: picture ${done} of ${total}` }),
  }).finally(() => progress.clear());
  const { calibration, selfTest } = tested;
  for (const [name, thresholds] of Object.entries(calibration)) say(io, thresholdLine(name, thresholds));
  if (on.maxFalseRejects !== undefined) {
    for (const line of fewPicturesOf(calibration, on.maxFalseRejects)) say(io, `note: ${line}`);
  }
  const unusable = Object.keys(selfTest).filter((name) => !Object.hasOwn(calibration, name));
  if (unusable.length > 0) say(io, `note: ${notLearnt(unusable, NEXT)}`);
  return tested;
}
