import type { Dataset, PictureWays } from '@pyramid-mamba/data';
import {
  fewPicturesOf,
  notLearnt,
  picturesInTest,
  sentenceOf,
  testModel,
  withShiftedCopies,
  type SelfTestPicture,
  type TestedModel,
} from '@pyramid-mamba/inspect';
import type { Detector } from '@pyramid-mamba/model';
import type { Judging } from '../threads/judging.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { thresholdLine } from '../text/thresholdLine.js';

export interface TestedOn {
  dataset: Dataset;
  heldBack: readonly string[];
  pictures: PictureWays;
  seed: number;
  /** The share of good pictures that may be judged NG. */
  maxFalseRejects?: number | undefined;
}

const pictureOf = ({ id, className, load }: Dataset['train'][number]): SelfTestPicture => ({
  id,
  className,
  load: async (input) => (await load(input)).image,
});

/**
 * The held-back pictures, with shifted copies.
 * @param trainedAs of a picture that a part of the model has learnt from nevertheless, see `SelfTestPicture`
 */
export function heldBackPictures(
  { dataset, heldBack, seed }: Pick<TestedOn, 'dataset' | 'heldBack' | 'seed'>,
  trainedAs: (id: string) => readonly number[] | undefined = () => undefined,
): SelfTestPicture[] {
  const ids = new Set(heldBack);
  const held = [...dataset.test.filter(({ id }) => ids.has(id)), ...(dataset.validation ?? [])];
  const pictures = held.map((sample): SelfTestPicture => {
    const learnt = trainedAs(sample.id);
    return { ...pictureOf(sample), ...(learnt && { trainedAs: learnt }) };
  });
  return withShiftedCopies(pictures, seed);
}

/**
 * The pictures that a new model is tested on: every training picture, left out of what the model compares with, where it can leave one
 * out; else the held-back ones, with shifted copies.
 */
const testPictures = (on: TestedOn, model: Detector): SelfTestPicture[] =>
  model.knowsPictures
    ? on.dataset.train.map((sample, i) => ({ ...pictureOf(sample), trainedAs: on.pictures.ways[i]! }))
    : heldBackPictures(on);

/** Thresholds and self-test of a new model, printed one line per class. */
export async function testNewModel(
  on: TestedOn,
  model: Detector,
  io: Io,
  judging: Judging,
): Promise<TestedModel> {
  const pictures = testPictures(on, model);
  const judges = await judging.judgesOf(model, picturesInTest(pictures));
  const progress = new Progress(io);
  const tested = await testModel(model, pictures, {
    next: NEXT,
    seed: on.seed,
    maxFalseRejects: on.maxFalseRejects,
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
  say(io, sentenceOf(selfTest));
  return tested;
}
