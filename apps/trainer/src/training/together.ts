// Bank and network as one model, and what each of the three is worth. Which is better is only known where all were asked the same: the
// pictures that the network held back, which the bank leaves out, their copies, and the same drawn defects.
import {
  byMember,
  figureOf,
  picturesInTest,
  scaleMembers,
  testModel,
  type SelfTestRecord,
} from '@pyramid-mamba/inspect';
import {
  ensemble,
  inputOf,
  loadModel,
  saveModel,
  TrainingSession,
  type Detector,
  type Ensemble,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { Judging } from '../threads/judging.js';
import { onInterrupt } from '../terminal/interrupt.js';
import type { Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { prepareFeatures, type Prepared, type TrainRequest } from './prepare.js';
import { heldBackPictures } from './selfTest.js';

/** Figures of a self-test by class, see `ClassSelfTest`. */
export type Figures = Record<string, number>;

/** A member of the ensemble as its own stage made it. */
export interface MadeMember {
  request: TrainRequest;
  prepared: Prepared;
  bytes: Uint8Array;
  info: ModelInfo;
}

/**
 * The ensemble of a run's memory bank and network, tested on the pictures that the network held back; `training.memoryBank` of its file holds
 * the figures of the bank alone on the same pictures. The bank is fitted again, which gives the same one: a file does not say which
 * picture a row is of, and without that none can be left out.
 *
 * @param kept what a user has when this is interrupted, half a sentence
 */
export async function makeEnsemble(
  bank: MadeMember,
  network: MadeMember,
  kept: string,
  io: Io,
): Promise<Uint8Array> {
  const progress = new Progress(io);
  const takeBack = onInterrupt(io, () => `stopped: ${kept}`);
  const doing = 'bank and network together';
  const session = new TrainingSession({
    config: bank.prepared.config.model,
    encoder: bank.prepared.encoder.weights,
    train: bank.prepared.config.train,
    checkpoints: {
      where: 'the memory bank',
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
    },
  });
  const judging = new Judging(io, bank.prepared.backend, bank.request.judges);
  let both: Ensemble | undefined;
  let member: Detector | undefined;
  try {
    await fitAgain(session, bank, io, judging, (share, what) =>
      progress.update({ done: share, total: 1, label: `${doing}: ${what}` }),
    );
    member = loadModel(network.bytes, network.request.run.folder, { recalibrate: true }).model;
    both = ensemble([session.detector, member], 'mean');
    const pictures = picturesOf(bank, network);
    await scaleMembers(both, pictures, {
      next: NEXT,
      onProgress: (done, total) =>
        progress.update({ done, total, label: `${doing}: good picture ${done} of ${total}` }),
    });
    const judges = await judging.judgesOf(both, picturesInTest(pictures));
    const bankAlone: SelfTestRecord[] = [];
    const tested = both;
    const { calibration, selfTest } = await testModel(both, pictures, {
      next: NEXT,
      seed: network.prepared.config.train.seed,
      maxFalseRejects: network.request.maxFalseRejects,
      measurer: judges?.measurer,
      onRecord: (record, judged) => bankAlone.push({ ...record, score: byMember(tested, judged)[0]!.score }),
      onProgress: (done, total) =>
        progress.update({ done, total, label: `${doing}: testing, picture ${done} of ${total}` }),
    });
    const { calibration: _own, training, ...shared } = bank.info;
    return await saveModel(both, {
      ...shared,
      ...(Object.keys(calibration).length > 0 && { calibration }),
      selfTest,
      training: {
        // how the network was trained; the pictures are those of the bank, which has seen all of them
        ...network.info.training,
        pictures: training?.['pictures'],
        pixels: training?.['pixels'],
        preset: both.method,
        memoryBank: figuresOf(bankAlone),
      },
    });
  } finally {
    takeBack();
    progress.clear();
    await judging.stop();
    // it disposes its members; those that it never got are left to do
    both?.dispose();
    if (!both) member?.dispose();
    session.dispose();
  }
}

async function fitAgain(
  session: TrainingSession,
  { request, prepared }: MadeMember,
  io: Io,
  judging: Judging,
  onProgress: (share: number, doing: string) => void,
): Promise<void> {
  // silent: all of it is in the cache, and was told when the bank was made
  const features = await prepareFeatures(
    request,
    prepared,
    session.detector,
    { ...io, out: () => {} },
    judging,
  );
  await session.learn({
    batches: {
      count: features.count,
      batch: (indices) => features.batch(indices),
      ...(inputOf(prepared.config.model).fit === 'pad' && { sizes: (indices) => features.sizes(indices) }),
    },
    order: () => [],
    hear(event) {
      if (event.kind === 'fitting') onProgress(event.share, event.doing);
    },
  });
}

/** The network's held-back pictures and their copies; each is left out of the bank. */
function picturesOf(bank: MadeMember, network: MadeMember) {
  const { ways } = bank.prepared.pictures;
  const at = new Map(bank.request.dataset.train.map(({ id }, i) => [id, ways[i]!]));
  const { dataset, heldBack } = network.request;
  return heldBackPictures({ dataset, heldBack, seed: network.prepared.config.train.seed }, (id) =>
    at.get(id),
  );
}

function figuresOf(records: readonly SelfTestRecord[]): Figures {
  const classes = [...new Set(records.map(({ className }) => className))];
  return Object.fromEntries(
    classes.map((name) => [name, figureOf(records.filter(({ className }) => className === name))]),
  );
}

/** The figures of the bank alone that `makeEnsemble` left in a model file, if there are any. */
export function bankAlone({ training }: ModelInfo): Figures | undefined {
  const found = training?.['memoryBank'];
  if (typeof found !== 'object' || found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
