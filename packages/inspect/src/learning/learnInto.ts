// Labelled pictures into a model file, without the pictures it was trained on: what it keeps of them are scores.
import { normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import {
  batchTensors,
  encodeHalves,
  featureDistance,
  featureShapes,
  inputOf,
  isBankDetector,
  methodOf,
  saveModel,
  type BankDetector,
  type Calibration,
  type ClassSelfTest,
  type Extended,
  type FeatureSource,
  type ModelInfo,
} from '@pyramid-mamba/model';
import type { Measurer } from '../pool/index.js';
import { countedBy, isClear, isFoundBy, type Thresholds } from '../selfTest/counted.js';
import {
  crossScore,
  isDefective,
  isDrawn,
  isGood,
  selfTestOf,
  type SelfTestPicture,
  type SelfTestRecord,
} from '../selfTest/index.js';
import type { TrainedPictures } from '../stages/trained.js';
import type { Model, NextSteps } from '../types.js';
import { worseBy, type ClearFound, type Lesson } from './rule.js';
import { storedScores } from './stored.js';
import { learntThresholds } from './thresholds.js';

/** A picture that a person said something about. */
export interface LabelledPicture extends Pick<SelfTestPicture, 'className' | 'id' | 'load'> {
  readonly label: 'good' | 'defective';
}

export interface LearnIntoOptions {
  readonly next: Pick<NextSteps, 'invalid'>;
  /** Of the drawn defects. */
  readonly seed: number;
  readonly maxFalseRejects?: number | undefined;
  /** Digests of the labelled pictures, so that an evaluation recognises them. */
  readonly digests: TrainedPictures;
  /** The same of the defective ones among them alone. */
  readonly defectiveDigests?: TrainedPictures;
  /** Drawn pictures of each class, see `crossScore`. */
  readonly budget?: number;
  /** What measures with the model as it is at that time; by default the model itself. */
  readonly measurerOf?: (model: Model) => Promise<Measurer | undefined>;
  readonly onProgress?: (done: number, total: number, doing: string) => void;
}

/** What came of a class. */
export interface LearntClass extends Lesson {
  readonly className: string;
  /** By what it is worse; absent where it is not. */
  readonly worse?: string;
}

export interface Learnt {
  readonly classes: readonly LearntClass[];
  /** Absent where only thresholds could change. */
  readonly exchanged?: Extended;
  /** The model file that has learnt, and its info; absent where a class is worse. */
  readonly made?: { readonly bytes: Uint8Array; readonly info: ModelInfo };
}

/**
 * Learns labelled pictures: what is new in good ones goes into the memory bank (of an ensemble: its part), which stays as large as it was; thresholds are set anew from the
 * scores that the file keeps and the labelled pictures; and the model is tested before and after by the same pictures, each good one left out of
 * what was learnt. The detector has changed afterwards, also where the result is to be refused.
 *
 * @param model as loaded from a file
 * @throws an Error, one sentence, where there are good pictures and the model has tiles, or no part that can learn them without the training pictures; as `crossScore`
 */
export async function learnInto(
  model: Model,
  info: ModelInfo,
  pictures: readonly LabelledPicture[],
  options: LearnIntoOptions,
): Promise<Learnt> {
  const good = pictures.filter(({ label }) => label === 'good');
  const bank = good.length > 0 ? requireBank(model) : undefined;
  const features = new Map<string, Float32Array[]>();
  const score = async (doing: string, known: boolean): Promise<SelfTestRecord[]> =>
    crossScore(
      model,
      [
        ...good.map((one, i) => ({ ...testPicture(one), ...(known && { trainedAs: [i] }) })),
        ...pictures
          .filter(({ label }) => label === 'defective')
          .map((one) => ({ ...testPicture(one), defective: true as const })),
      ],
      {
        next: options.next,
        seed: options.seed,
        areas: info.areas,
        ...(options.budget !== undefined && { budget: options.budget }),
        measurer: await options.measurerOf?.(model),
        onGood(i, { feature }) {
          if (known) return;
          const { className } = good[i]!;
          features.set(className, [...(features.get(className) ?? []), feature]);
        },
        onProgress: (done, total) => options.onProgress?.(done, total, doing),
      },
    );

  const before = await score('the model of before judges', false);
  const exchanged =
    bank &&
    (await bank.extend!(await sourceOf(model, good), {
      share: good.length / (good.length + trainedCount(info)),
      onProgress: (share, doing) => options.onProgress?.(share, 1, doing),
    }));
  const after = exchanged ? await score('the model that has learnt judges', true) : before;

  const changed = exchanged !== undefined && exchanged.rows > 0;
  const names = [...new Set(pictures.map(({ className }) => className))];
  const found = names.map((name) => lessonOf(name, info, before, after, changed, model, options));
  const classes = found.map(({ lesson }) => lesson);
  const learnt = { classes, ...(exchanged && { exchanged }) };
  if (classes.some(({ worse }) => worse !== undefined)) return learnt;

  const learntInfo: ModelInfo = {
    ...info,
    calibration: {
      ...info.calibration,
      ...Object.fromEntries(
        found.flatMap(({ lesson: { className }, calibration }) =>
          calibration ? [[className, calibration]] : [],
        ),
      ),
    },
    ...(info.selfTest && {
      selfTest: {
        ...info.selfTest,
        ...Object.fromEntries(
          found.flatMap(({ lesson: { className, filed } }) =>
            filed.after ? [[className, filed.after]] : [],
          ),
        ),
      },
    }),
    ...(info.recognition && { recognition: { ...info.recognition, ...widened(info, features) } }),
    training: withLearnt(info, options, {
      good: good.length,
      defective: pictures.length - good.length,
    }),
  };
  return { ...learnt, made: { bytes: await saveModel(model, learntInfo), info: learntInfo } };
}

/** Where a file keeps the digests, of files and of pixels, of the defective pictures that it has learnt from. */
export const LEARNT_DEFECTIVE = 'learntDefective';

const testPicture = ({ className, id, load }: LabelledPicture): SelfTestPicture => ({ className, id, load });

/** The part that learns good pictures. */
function requireBank(model: Model): BankDetector {
  // the bank would learn whole pictures, which it never judges
  if (model.config.tiles)
    throw new Error(
      'a model with tiles cannot learn good pictures yet: train it again with all of them; without good pictures its thresholds can still ' +
        'learn from defective ones',
    );
  const parts = 'members' in model ? (model.members as readonly Model[]) : [model];
  const bank = parts.find((part) => isBankDetector(part) && part.extend !== undefined);
  if (bank) return bank as BankDetector;
  throw new Error(
    `${methodOf(model).title} learns good pictures only together with those it was trained on, or it forgets them: train it again with all of them; ` +
      'without good pictures its thresholds can still learn from defective ones',
  );
}

/** The features of pictures as training has them: of half floats. */
async function sourceOf(model: Model, pictures: readonly LabelledPicture[]): Promise<FeatureSource> {
  const input = inputOf(model.config);
  const shapes = featureShapes(model.encoder, input);
  const images: RgbImage[] = [];
  for (const { load } of pictures) images.push(await load(input));
  const halves: Uint16Array[] = [];
  for (const [i, image] of images.entries())
    halves.push(await encodeHalves(model.encoder, normalizedPicture(image), input, pictures[i]!.id));
  return {
    count: pictures.length,
    batch: (indices) =>
      Promise.resolve(
        batchTensors(
          indices.map((i) => halves[i]!),
          shapes,
        ),
      ),
    ...(input.fit === 'pad' && {
      sizes: (indices: readonly number[]) =>
        Promise.resolve(indices.map((i) => ({ height: images[i]!.height, width: images[i]!.width }))),
    }),
  };
}

/** Pictures that the model has learnt from, about. */
function trainedCount({ training, calibration }: ModelInfo): number {
  const listed = training?.['pictures'];
  if (Array.isArray(listed)) return Math.max(1, listed.length);
  return Math.max(1, ...Object.values(calibration ?? {}).map(({ goodCount }) => goodCount));
}

function lessonOf(
  className: string,
  info: ModelInfo,
  before: readonly SelfTestRecord[],
  after: readonly SelfTestRecord[],
  changed: boolean,
  model: Model,
  { maxFalseRejects }: LearnIntoOptions,
): { lesson: LearntClass; calibration: Calibration | undefined } {
  const of = (records: readonly SelfTestRecord[]) => records.filter((one) => one.className === className);
  const old = ownValue(info.calibration, className);
  const stored = storedScores(info, className);
  const measured = of(after);
  const own = ownValue(info.selfTest, className);
  const tested = (records: readonly SelfTestRecord[], thresholds: typeof old): ClassSelfTest =>
    selfTestOf(records, { [className]: thresholds })[className]!;
  const filedBy = (thresholds: typeof old): ClassSelfTest | undefined => {
    if (!own?.scores || !stored) return own;
    const real = measured.filter(isDefective).map(({ score }) => score);
    // the scores of a bank that has changed are no longer those of its drawn defects: it is shown others
    if (changed) {
      const again = tested([...stored.good, ...measured], thresholds);
      // the kept ones are of the areas of then, and what is known against the class stays known
      const { areas, doubt } = own;
      const kept = { ...(areas && { areas }), ...(doubt !== undefined && { doubt }) };
      return countedBy({ ...again, ...kept, scores: again.scores! }, thresholds);
    }
    const added = measured.filter(isGood).map(({ score }) => score);
    const scores = {
      ...own.scores,
      good: [...own.scores.good, ...added],
      ...(real.length + (own.scores.real?.length ?? 0) > 0 && {
        real: [...(own.scores.real ?? []), ...real],
      }),
    };
    return countedBy({ ...own, scores }, thresholds);
  };
  const candidates = learntThresholds({
    before: old,
    stored,
    measured,
    maxFalseRejects,
    largestScore: methodOf(model.config).largestScore(model.config),
  });
  const lessons = (candidates.length > 0 ? candidates : [undefined]).map((calibration) => {
    const lesson: Lesson = {
      before: tested(of(before), old),
      after: tested(measured, calibration),
      kept: foundOf((own?.scores?.drawn ?? []).filter(isClear), old, calibration),
      given: givenFound(of(before), measured, old, calibration),
      filed: { before: own, after: filedBy(calibration) },
    };
    const worse = calibration
      ? worseBy(lesson)
      : 'it has no thresholds, and too few good pictures to set them';
    return { lesson: { className, ...lesson, ...(worse !== undefined && { worse }) }, calibration };
  });
  return lessons.find(({ lesson }) => lesson.worse === undefined) ?? lessons.at(-1)!;
}

function foundOf(
  drawn: readonly { readonly score: number }[],
  before: Thresholds | undefined,
  after: Thresholds | undefined,
): ClearFound {
  return {
    drawn: drawn.length,
    before: drawn.filter(isFoundBy(before)).length,
    after: drawn.filter(isFoundBy(after)).length,
  };
}

/** See `Lesson.given`. */
function givenFound(
  before: readonly SelfTestRecord[],
  after: readonly SelfTestRecord[],
  old: Thresholds | undefined,
  now: Thresholds | undefined,
): ClearFound {
  const passing = (records: readonly SelfTestRecord[], by: Thresholds | undefined) =>
    new Set(records.filter((one) => isGood(one) && !isFoundBy(by)(one)).map(({ picture }) => picture));
  const [first, second] = [passing(before, old), passing(after, now)];
  const found = (records: readonly SelfTestRecord[], by: Thresholds | undefined) => {
    const drawn = records
      .filter(isDrawn)
      .filter((one) => isClear(one) && first.has(one.picture) && second.has(one.picture));
    return { drawn: drawn.length, found: drawn.filter(isFoundBy(by)).length };
  };
  const [was, is] = [found(before, old), found(after, now)];
  return { drawn: is.drawn, before: was.found, after: is.found };
}

/** How far good pictures of each class may be from its prototype, with the learnt ones; see `recognitionOf`. */
function widened(
  { prototypes, recognition }: ModelInfo,
  features: ReadonlyMap<string, readonly Float32Array[]>,
): NonNullable<ModelInfo['recognition']> {
  return Object.fromEntries(
    [...features].flatMap(([name, all]) => {
      const [prototype, known] = [ownValue(prototypes, name), ownValue(recognition, name)];
      if (!prototype || !known) return [];
      const more = all.map((feature) => featureDistance(prototype, feature));
      return [[name, { distances: [...known.distances, ...more].sort((a, b) => a - b) }]];
    }),
  );
}

/** The description of the training with the learnt pictures. */
function withLearnt(
  { training }: ModelInfo,
  { digests: { pictures, pixels }, defectiveDigests: defective }: LearnIntoOptions,
  counts: { readonly good: number; readonly defective: number },
): Record<string, unknown> {
  const listed = (key: string): unknown[] => {
    const value = training?.[key];
    return Array.isArray(value) ? (value as unknown[]) : [];
  };
  // without a list of its training pictures a file must not look as if these were all of them
  const digests = Array.isArray(training?.['pictures'])
    ? {
        pictures: [...new Set([...listed('pictures'), ...pictures])],
        ...(Array.isArray(training['pixels']) && { pixels: [...new Set([...listed('pixels'), ...pixels])] }),
        // given again, they are no good pictures that were learnt by mistake
        ...(defective && {
          [LEARNT_DEFECTIVE]: [
            ...new Set([...listed(LEARNT_DEFECTIVE), ...defective.pictures, ...defective.pixels]),
          ],
        }),
      }
    : {};
  return { ...training, ...digests, learnt: [...listed('learnt'), counts] };
}
