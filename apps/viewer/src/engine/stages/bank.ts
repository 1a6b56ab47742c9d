import { defectivePictures, heldBackPictures, together } from '@pyramid-mamba/inspect';
import {
  loadModel,
  readModelInfo,
  TrainingSession,
  type CheckpointStore,
  type FeatureSource,
} from '@pyramid-mamba/model';
import { helpersFor, isHelperError, type Helpers } from '../helpers/helpers.js';
import { NEXT } from '../nextSteps.js';
import { ShownPictures } from '../training/shown.js';
import type { StageName, StageSettings } from '../training/types.js';
import type { Made, SavedStages } from './saved.js';
import { samplesOf, shownBy, type ModelPictures, type Tested, type Workshop } from './tested.js';

/** A memory bank has no state in between: it is made in one pass. */
const NO_CHECKPOINTS: CheckpointStore = {
  where: 'the memory bank',
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};

/** The session of a memory bank that has learnt all pictures, the caller's to dispose; undefined where it was stopped. */
export async function fittedBank(
  { model, train }: StageSettings,
  { features }: { readonly features: FeatureSource },
  stage: StageName,
  { weights, exclusive, teller, stopped, paused }: Workshop,
): Promise<TrainingSession | undefined> {
  const session = new TrainingSession({
    config: model,
    encoder: weights,
    train,
    checkpoints: NO_CHECKPOINTS,
    exclusive,
  });
  try {
    const done = await session.learn({
      batches: features,
      order: () => [],
      stopped,
      paused,
      hear: (event) => {
        if (event.kind === 'fitting') teller.tell(stage, event.doing, event.share, 1);
      },
    });
    if (done) return session;
  } catch (error) {
    session.dispose();
    throw error;
  }
  session.dispose();
  return undefined;
}

/**
 * Bank and network as one model, tested on the pictures that the network held back, see `together`; undefined where it was stopped. The bank is
 * fitted again, which gives the same one: a file does not say which picture a row is of.
 *
 * @param pictures all of them, which the bank learnt from, and those of the network
 */
export async function makeTogether(
  { bank, network }: { readonly bank: Made; readonly network: Made },
  pictures: { readonly all: ModelPictures; readonly network: ModelPictures },
  saved: SavedStages,
  workshop: Workshop,
): Promise<Tested | undefined> {
  let helpers: Helpers | undefined;
  const { teller, exclusive, stopped, paused } = workshop;
  const stage = 'together';
  const session = await fittedBank(saved.bank, pictures.all, stage, workshop);
  if (!session) return undefined;
  try {
    const { model } = loadModel(network.bytes, saved.name, { recalibrate: true });
    const at = new Map(pictures.all.train.map(({ id }, i) => [id, pictures.all.ways[i]!]));
    const { held, defective } = pictures.network;
    const { seed } = saved.network.train;
    const shown = [
      ...heldBackPictures({ held: samplesOf(workshop, held, 0), seed }, (id) => at.get(id)),
      ...defectivePictures(samplesOf(workshop, defective, 1)),
    ];
    const doing = 'bank and network together';
    const told = (what: string) => async (done: number, total: number) => {
      teller.tell(stage, `${doing}: ${what} ${done} of ${total}`, done, total);
      await paused();
    };
    const judged = new ShownPictures();
    const made = await together(
      { detector: session.detector, info: bank.info },
      { detector: model, info: network.info },
      shown,
      {
        measurerOf: async (both, count) => {
          helpers = workshop.helped ? await helpersFor(both, count, exclusive) : undefined;
          return helpers?.measurer;
        },
        next: NEXT,
        seed,
        maxFalseRejects: saved.maxFalseRejects,
        ...(saved.drawn !== undefined && { budget: saved.drawn }),
        exclusive,
        stopped,
        onGood: (i, found) => i < held.length && judged.add(held[i]!, found),
        onScaled: told('picture'),
        onProgress: told('testing, picture'),
      },
    );
    const bytes = Uint8Array.from(made);
    const file = readModelInfo(bytes, saved.name, { recalibrate: true });
    return { bytes, ...file, shown: shownBy(judged, file) };
  } catch (error) {
    if (!helpers || !isHelperError(error)) throw error;
    return await makeTogether({ bank, network }, pictures, saved, { ...workshop, helped: false });
  } finally {
    await helpers?.stop();
    session.dispose();
  }
}
