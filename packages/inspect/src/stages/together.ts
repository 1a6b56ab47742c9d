// Bank and network as one model, and what each of the three is worth. Which is better is only known where all were asked the same: the
// pictures that the network held back, which the bank leaves out, their copies, and the same drawn defects.
import { groupedBy } from '@pyramid-mamba/metrics';
import { ensemble, saveModel, type Detector, type ModelInfo } from '@pyramid-mamba/model';
import type { Measurer } from '../pool/index.js';
import { byMember, scaleMembers } from './scaleMembers.js';
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

/** The larger of the two at each pixel: docs/methods/ensemble.md says what was tried. */
const COMBINED_BY = 'largest';
/** Where the file of both together keeps the figures of the bank alone. */
const BANK_ALONE = 'memoryBank';

export interface TogetherOptions
  extends Omit<CrossScoreOptions, 'measurer'>, Pick<ThresholdOptions, 'maxFalseRejects'> {
  /** What measures so many pictures with the model of both; by default the model itself. */
  readonly measurerOf?: (both: Detector, pictures: number) => Promise<Measurer | undefined>;
  /** Called after each good picture that sets the scales. */
  readonly onScaled?: (done: number, total: number) => void | Promise<void>;
}

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
  const both = joined(bank.detector, network.detector);
  try {
    const { onScaled, measurerOf, ...testing } = options;
    await scaleMembers(
      both,
      pictures.filter(({ defective }) => !defective),
      { ...testing, ...(onScaled && { onProgress: onScaled }) },
    );
    const bankAlone: SelfTestRecord[] = [];
    const measurer = await measurerOf?.(both, picturesInTest(pictures, testing.budget));
    const { calibration, selfTest } = await testModel(both, pictures, {
      ...testing,
      measurer,
      onRecord: (record, judged, mask) => {
        const [alone] = byMember(both, judged, mask);
        bankAlone.push({ ...record, score: alone!.score });
        testing.onRecord?.(record, judged, mask);
      },
    });
    const { calibration: _own, training, ...shared } = bank.info;
    return await saveModel(both, {
      ...shared,
      ...(Object.keys(calibration).length > 0 && { calibration }),
      // it judges by the bank as well
      selfTest: withDoubts(selfTest, calibration, doubtsOf(bank.info.selfTest)),
      training: {
        // how the network was trained; the pictures are those of the bank, which has seen all of them
        ...network.info.training,
        pictures: training?.['pictures'],
        pixels: training?.['pixels'],
        preset: both.method,
        [BANK_ALONE]: figuresOf(withoutBlank(bankAlone, isGood)),
      },
    });
  } finally {
    both.dispose();
  }
}

function joined(bank: Detector, network: Detector) {
  try {
    return ensemble([bank, network], COMBINED_BY);
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
  const found = training?.[BANK_ALONE];
  if (typeof found !== 'object' || found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
