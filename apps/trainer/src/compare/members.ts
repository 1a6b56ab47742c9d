// An ensemble as a cell of a comparison: its members are trained one after the other, and put together without a self-test. `train` makes it in stages
// instead, tests each model and keeps the best one.
import { holdBack } from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { heldBackPictures, HELD_BACK, infoOfBoth, scaledTogether, sharesLine } from '@pyramid-mamba/inspect';
import {
  loadModel,
  memberConfigs,
  methodOf,
  saveModel,
  type DetectorConfig,
  type EnsembleConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { UserError } from '../errors.js';
import { requireSameRun } from '../run/run.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { makeModel } from '../training/makeModel.js';
import { openSources, prepare, requireStartable, type TrainRequest } from '../training/prepare.js';
import { heldBackOf } from '../training/selfTest.js';

/** Seconds that are left to the network at least, where the bank took most of them. */
const LEAST = 1;

/**
 * Trains the memory bank and the network of an ensemble, and leaves the model of both, and the settings of the run. Of the time of the request the bank takes
 * what it needs, and the network the rest; the network holds back good pictures, which set the scales.
 */
export async function trainMembers(request: TrainRequest, io: Io): Promise<void> {
  const { run, resume, dataset, settings } = request;
  await requireStartable(request);
  const sources = await openSources(request, settings);
  const { config } = await prepare(request, sources);
  const before = resume ? await run.readConfig() : undefined;
  if (before) requireSameRun(run.folder, before, config);
  const planned = (train: TrainConfig) => run.writeConfig({ ...config, train });

  const ensembleConfig = config.model as DetectorConfig & EnsembleConfig;
  const [bankModel, networkModel] = memberConfigs(ensembleConfig) as [DetectorConfig, DetectorConfig];
  const split = await holdBack(dataset, HELD_BACK, settings.train.seed);
  const held = heldBackOf(split);
  if (held.length === 0)
    throw new UserError(
      `${request.data}: an ensemble sets its scales by good pictures that are held back, which takes four of a product, and none has so many; leave it out of --methods`,
    );
  const seconds = { bank: 0, network: 0 };
  // a bank has no checkpoint: a resumed cell fits it again, which gives the same one
  const bank = await member(
    {
      ...request,
      resume: false,
      settings: { ...settings, model: bankModel },
      maxSteps: undefined,
      trainFor: undefined,
      learnt: (learning) => {
        seconds.bank = learning;
        return Promise.resolve();
      },
    },
    async () => {
      if (!before) await run.clear();
      await run.sweep();
      if (!before) await run.writeConfig(config);
    },
  );
  const trainFor = request.trainFor && Math.max(LEAST, request.trainFor - seconds.bank);
  const network = await member(
    {
      ...request,
      ...split,
      settings: { ...settings, model: networkModel },
      trainFor,
      learnt: (learning) => {
        seconds.network = learning;
        return Promise.resolve();
      },
    },
    () => run.sweep(),
    trainFor === undefined ? undefined : { seconds: trainFor, planned },
  );
  await request.learnt?.(seconds.bank + seconds.network);

  const [one, other] = [bank, network].map(({ bytes }) =>
    loadModel(bytes, run.folder, { recalibrate: true }),
  ) as [ReturnType<typeof loadModel>, ReturnType<typeof loadModel>];
  one.model.remember?.(bank.origins!);
  const at = new Map(dataset.train.map(({ id }, i) => [id, bank.ofPicture[i]!]));
  const unseen = heldBackPictures({ held, seed: settings.train.seed }, (id) => at.get(id));
  const progress = new Progress(io);
  const { both, shares } = await scaledTogether(one.model, other.model, ensembleConfig.map.combine, unseen, {
    next: NEXT,
    seed: settings.train.seed,
    onProgress: (done, total) =>
      progress.update({ done, total, label: `both together: picture ${done} of ${total}` }),
  }).finally(() => progress.clear());
  try {
    const info = infoOfBoth(one, other, shares);
    const line = sharesLine(info, methodOf(other.model).title);
    if (line !== undefined) say(io, line);
    await writeFileAtomic(run.model, await saveModel(both, info));
  } finally {
    both.dispose();
  }

  async function member(
    own: TrainRequest,
    begin: () => Promise<void>,
    plan?: Parameters<typeof makeModel>[0]['plan'],
  ) {
    const prepared = await prepare(own, sources);
    const made = await makeModel({ request: own, prepared, begin, plan }, io);
    return { ...made, ofPicture: prepared.pictures.ofPicture };
  }
}
