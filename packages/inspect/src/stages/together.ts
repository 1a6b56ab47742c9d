// Bank and network as one model, and what each of the three is worth. Which is better is only known where all were asked the same: the
// pictures that the network held back, which the bank leaves out, their copies, and the same drawn defects.
import { groupedBy } from '@pyramid-mamba/metrics';
import {
  ensemble,
  isStretched,
  methodOf,
  saveModel,
  type Detector,
  type Ensemble,
  type EnsembleConfig,
  type ModelInfo,
  type Preset,
} from '@pyramid-mamba/model';
import type { Measurer } from '../pool/index.js';
import { byMember, scaleMembers, type ScaleOptions } from './scaleMembers.js';
import { weighedOf, weighMembers, type WeighOptions } from './weighMembers.js';
import {
  doubtsOf,
  figureOf,
  isGood,
  picturesInTest,
  withDoubts,
  withoutBlank,
  type CrossScoreOptions,
  type SelfTestPicture,
  type SelfTestRecord,
} from '../selfTest/index.js';
import { testModel } from '../testModel.js';
import type { ThresholdOptions } from '../thresholdsFrom.js';

/** Figures of a self-test by class, see `ClassSelfTest`. */
export type Figures = Record<string, number>;

/** The method of both together, and the preset that its file names. */
const ENSEMBLE = 'ensemble';
/** Where the file of both together keeps the figures of the bank alone. */
const BANK_ALONE = 'memoryBank';
/** Where it keeps the network's share of each product's map, where shares were chosen. */
const SHARES = 'shares';

export interface TogetherOptions
  extends Omit<CrossScoreOptions, 'measurer'>, Pick<ThresholdOptions, 'maxFalseRejects'> {
  /** What measures so many pictures with the model of both; by default the model itself. */
  readonly measurerOf?: (both: Detector, pictures: number) => Promise<Measurer | undefined>;
  /** Called after each picture that sets the scales. */
  readonly onScaled?: (done: number, total: number) => void | Promise<void>;
}

type Combine = EnsembleConfig['map']['combine'];

/** A model and what its file says. */
export interface Member {
  readonly detector: Detector;
  readonly info: ModelInfo;
}

/**
 * The file of the ensemble of a memory bank and a network, tested on the pictures that the network held back; `training.memoryBank` of it
 * holds the figures of the bank alone on the same pictures. Both detectors are disposed when the promise settles.
 *
 * @param bank just fitted, so that it can leave out pictures: a file does not say which picture a row is of
 * @param pictures the network's held-back pictures, each left out of the bank, and their copies; defective ones
 * @throws as `crossScore`
 */
export async function together(
  bank: Member,
  network: Member,
  pictures: readonly SelfTestPicture[],
  options: TogetherOptions,
): Promise<Uint8Array> {
  const { onScaled, measurerOf, ...testing } = options;
  const good = pictures.filter(({ defective }) => !defective);
  const combine = combinedWith(network.detector.method);
  const { both, shares } = await scaledTogether(bank.detector, network.detector, combine, good, {
    ...testing,
    ...(onScaled && { onProgress: onScaled }),
  });
  try {
    const bankAlone: SelfTestRecord[] = [];
    const measurer = await measurerOf?.(both, picturesInTest(pictures, testing.budget));
    const { calibration, selfTest } = await testModel(both, pictures, {
      ...testing,
      // it has the bank's scores, and fewer pictures test it: where the bank fails it may pass by chance
      ...(isStretched({ combine }) && { resembling: bank.info.selfTest }),
      measurer,
      onRecord: (record, judged, mask, drawn) => {
        const [alone] = byMember(both, judged, mask);
        bankAlone.push({ ...record, score: alone!.score });
        testing.onRecord?.(record, judged, mask, drawn);
      },
    });
    const { training, ...shared } = infoOfBoth(bank, network, shares);
    return await saveModel(both, {
      ...shared,
      ...(Object.keys(calibration).length > 0 && { calibration }),
      // it judges by the bank as well
      selfTest: withDoubts(selfTest, calibration, doubtsOf(bank.info.selfTest)),
      training: { ...training, [BANK_ALONE]: figuresOf(withoutBlank(bankAlone, isGood)) },
    });
  } finally {
    both.dispose();
  }
}

/** What `scaledTogether` makes. */
export interface Scaled {
  readonly both: Ensemble;
  /** See `weighMembers`; empty where the map is not stretched, or of too many classes. */
  readonly shares: ReadonlyMap<string, number>;
}

/**
 * A memory bank and a network as one detector that is scaled, and weighed where the map is stretched to the bank's score; tested by nothing. It has taken over both; they are disposed where this throws.
 *
 * @param pictures good ones that the network has not learnt from, each left out of the bank
 * @returns that detector, and the shares of the network, for `infoOfBoth`
 * @throws as `scaleMembers` and `weighMembers`
 */
export async function scaledTogether(
  bank: Detector,
  network: Detector,
  combine: Combine,
  pictures: readonly SelfTestPicture[],
  options: ScaleOptions & WeighOptions,
): Promise<Scaled> {
  const both = joined(bank, network, combine);
  const { onProgress } = options;
  const own = pictures.filter(({ copy }) => copy !== true);
  const classes = new Set(own.map(({ className }) => className)).size;
  const weighed = isStretched({ combine }) ? weighedOf(classes) * classes : 0;
  const inAll = own.length + (weighed > 0 ? own.length + weighed : 0);
  try {
    const scales = await scaleMembers(both, pictures, {
      ...options,
      ...(onProgress && { onProgress: (done) => onProgress(done, inAll) }),
    });
    if (weighed === 0) return { both, shares: new Map() };
    const shares = await weighMembers(both, scales, pictures, {
      ...options,
      ...(onProgress && { onProgress: (done) => onProgress(own.length + done, inAll) }),
    });
    return { both, shares };
  } catch (error) {
    both.dispose();
    throw error;
  }
}

/** What a file of both says that holds without a test of both: without thresholds. `training.shares` holds the shares by class, where there are any. */
export function infoOfBoth(
  bank: Pick<Member, 'info'>,
  network: Pick<Member, 'info'>,
  shares: Scaled['shares'] = new Map(),
): ModelInfo {
  const { calibration: _calibration, selfTest: _selfTest, training, ...shared } = bank.info;
  return {
    ...shared,
    training: {
      // how the network was trained; the pictures are those of the bank, which has seen all of them
      ...network.info.training,
      pictures: training?.['pictures'],
      pixels: training?.['pixels'],
      preset: ENSEMBLE,
      ...(shares.size > 0 && { [SHARES]: Object.fromEntries(shares) }),
    },
  };
}

/** How much of each product's map the network has, in words: "the map is 50 % RD4AD's for bottle, cable; 13 % for tire". None where the file says nothing of it. */
export function sharesLine({ training }: Pick<ModelInfo, 'training'>, network: string): string | undefined {
  const shares = figuresIn(training?.[SHARES]);
  if (!shares) return undefined;
  const byShare = groupedBy(Object.keys(shares), (name) => String(Math.round(100 * shares[name]!)));
  const [first, ...rest] = [...byShare].map(
    ([percent, classes]) => [`${percent} %`, ` for ${classes.join(', ')}`] as const,
  );
  if (!first) return undefined;
  return [`the map is ${first[0]} ${network}'s${first[1]}`, ...rest.map((one) => one.join(''))].join('; ');
}

/** How the maps of a memory bank and this network are combined: as in the preset that has both. docs/methods/ensemble.md says what was tried. */
function combinedWith(network: string): Combine {
  const presets = Object.values(methodOf({ method: ENSEMBLE }).presets) as Preset<EnsembleConfig>[];
  const own = presets.find(({ model }) => model.members.some(({ method }) => method === network));
  return own?.model.map.combine ?? 'largest';
}

function joined(bank: Detector, network: Detector, combine: Combine) {
  try {
    return ensemble([bank, network], combine);
  } catch (error) {
    bank.dispose();
    network.dispose();
    throw error;
  }
}

function figuresOf(records: readonly SelfTestRecord[]): Figures {
  const byClass = groupedBy(records, ({ className }) => className);
  return Object.fromEntries([...byClass].map(([name, own]) => [name, figureOf(own)]));
}

/** The figures of the bank alone that `together` left in a model file, if there are any. */
export function bankAlone({ training }: Pick<ModelInfo, 'training'>): Figures | undefined {
  return figuresIn(training?.[BANK_ALONE]);
}

function figuresIn(found: unknown): Figures | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
