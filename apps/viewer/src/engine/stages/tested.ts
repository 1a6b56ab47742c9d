import { datasetFingerprint, type PictureWays, type Sample } from '@pyramid-mamba/data';
import {
  blankNote,
  defectivePictures,
  fewPicturesOf,
  notLearnt,
  picturesInTest,
  testModel,
  testPictures,
  trainedDigests,
  type Measurer,
  type TestedModel,
} from '@pyramid-mamba/inspect';
import {
  inputOf,
  type EncoderWeights,
  type Exclusive,
  type FeatureSource,
  type SelfTest,
  type TrainingSession,
} from '@pyramid-mamba/model';
import { helped } from '../helpers/helpers.js';
import { NEXT } from '../nextSteps.js';
import { ShownPictures } from '../training/shown.js';
import type { JudgedPicture, StageName, StageSettings, Trained } from '../training/types.js';
import type { StoredPicture, StoredPictures } from './pictures.js';
import type { Made, SavedStages } from './saved.js';
import type { Teller } from './teller.js';

/** What the models of a training are made from and with. */
export interface Workshop {
  readonly stored: StoredPictures;
  readonly weights: EncoderWeights;
  readonly exclusive: Exclusive;
  readonly teller: Teller;
  readonly note: (text: string) => void;
  readonly stopped: () => boolean;
  readonly paused: () => Promise<void> | undefined;
  /** Whether workers help to test a model: not on a GPU, which is one. */
  readonly helped: boolean;
  /** See `TestOptions`. */
  readonly resembling?: SelfTest | undefined;
}

/** The pictures of one model. */
export interface ModelPictures {
  /** It learns from these; `features` has theirs, in this order. */
  readonly train: readonly StoredPicture[];
  readonly features: FeatureSource;
  /** For each picture of `train` the indices in `features` of itself and of its rotated and mirrored copies. */
  readonly ways: PictureWays['ways'];
  readonly held: readonly StoredPicture[];
  readonly defective: readonly StoredPicture[];
}

/** A model that was made and tested. */
export interface Tested extends Made {
  readonly shown: Shown;
}

/** The good pictures of a model's test: those with the highest scores to look at, and all of them. */
export type Shown = Pick<Trained, 'scored'> & { readonly highest: readonly JudgedPicture[] };

export const shownBy = (pictures: ShownPictures, { info, config }: Pick<Made, 'info' | 'config'>): Shown => ({
  highest: pictures.judged(info, config),
  scored: pictures.scored(info, config),
});

export const samplesOf = ({ stored }: Workshop, pictures: readonly StoredPicture[], label: 0 | 1): Sample[] =>
  pictures.map((picture) => stored.sample(picture, label));

/** The model file of what `session` has learnt, with thresholds and self-test. Rejects with an AbortError where it is stopped. */
export async function tested(
  session: TrainingSession,
  { train, features, ways, held, defective }: ModelPictures,
  saved: SavedStages,
  { preset }: Pick<StageSettings, 'preset'>,
  stage: StageName,
  workshop: Workshop,
): Promise<Tested> {
  const { exclusive, teller, stopped, paused } = workshop;
  const { seed } = session.train;
  const samples = samplesOf(workshop, train, 0);
  const input = inputOf(session.detector.config);
  const judges = session.detector.knowsPictures ? train : held;
  let about: (TestedModel & { shown: ShownPictures }) | undefined;
  const rgb = new Map<number, Uint8Array<ArrayBuffer>>();
  const good = testPictures(session.detector, {
    train: samples,
    ways,
    held: samplesOf(workshop, held, 0),
    seed,
  }).map((picture, i) => ({
    ...picture,
    load: async (size: typeof input) => {
      const image = await picture.load(size);
      if (size.width === input.width && size.height === input.height && i < judges.length)
        rgb.set(i, Uint8Array.from(image.data));
      return image;
    },
  }));
  const pictures = [...good, ...defectivePictures(samplesOf(workshop, defective, 1))];
  const { bytes, info } = await session.finish({
    classes: saved.classes,
    batches: features,
    classOf: train.map(({ className }) => className),
    thresholds: async (detector) => {
      const test = async (measurer: Measurer | undefined) => {
        const shown = new ShownPictures();
        rgb.clear();
        const found = await testModel(detector, pictures, {
          next: NEXT,
          seed,
          exclusive,
          measurer,
          stopped,
          maxFalseRejects: saved.maxFalseRejects,
          resembling: workshop.resembling,
          ...(saved.drawn !== undefined && { budget: saved.drawn }),
          onGood: (i, judged) => {
            const pixels = rgb.get(i);
            rgb.delete(i);
            // those behind them are shifted copies
            if (i < judges.length) shown.add({ ...judges[i]!, ...(pixels && { rgb: pixels }) }, judged);
          },
          onProgress: async (done, total) => {
            teller.tell(stage, `testing itself: picture ${done} of ${total}`, done, total);
            await paused();
          },
        });
        return { ...found, shown };
      };
      about = workshop.helped
        ? await helped(detector, picturesInTest(pictures, saved.drawn), exclusive, test)
        : await test(undefined);
      return about.calibration;
    },
    selfTest: () => about?.selfTest,
    fingerprint: await datasetFingerprint(
      train,
      train.map(({ hash }) => hash),
    ),
    preset,
    about: {
      ...trainedDigests(
        train.map(({ hash }) => hash),
        train.map(({ pixels }) => pixels),
      ),
    },
  });
  if (about) noteThresholds(about, saved, workshop);
  const { config } = session.detector;
  return {
    bytes: Uint8Array.from(bytes),
    config,
    info,
    shown: shownBy(about?.shown ?? new ShownPictures(), { info, config }),
  };
}

function noteThresholds(
  { calibration, selfTest, blank }: TestedModel,
  saved: SavedStages,
  { note }: Workshop,
): void {
  if (blank.length > 0) note(blankNote(blank.map(({ picture }) => picture)));
  const without = Object.keys(selfTest).filter((name) => !Object.hasOwn(calibration, name));
  if (without.length > 0) note(notLearnt(without, NEXT));
  if (saved.maxFalseRejects !== undefined)
    for (const line of fewPicturesOf(calibration, saved.maxFalseRejects)) note(line);
}
