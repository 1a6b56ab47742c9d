// Bank and network of a run as one model, see `together` of inspect.
import { heldBackPictures, together } from '@pyramid-mamba/inspect';
import { loadModel, type Detector, type ModelInfo, type TrainingSession } from '@pyramid-mamba/model';
import { Judging } from '../threads/judging.js';
import { onInterrupt } from '../terminal/interrupt.js';
import type { Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { bankSession, fitBank } from './bank/fitBank.js';
import type { NewModel } from './makeModel.js';
import type { Prepared, TrainRequest } from './prepare.js';
import { heldBackOf } from './selfTest.js';

/** A member of the ensemble as its own stage made it. */
export interface MadeMember {
  request: TrainRequest;
  prepared: Prepared;
  bytes: Uint8Array;
  info: ModelInfo;
  /** Of a bank that was just made, see `NewModel`. */
  origins?: NewModel['origins'];
}

/**
 * The ensemble of a run's memory bank and network, tested on the pictures that the network held back; `training.memoryBank` of its file holds
 * the figures of the bank alone on the same pictures. A bank of which only the file is there is fitted again, which gives the same one: a file does not say
 * which picture a row is of, and without that none can be left out.
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
  let session: TrainingSession | undefined;
  const judging = new Judging(io, bank.prepared.backend, bank.request.judges);
  try {
    if (!bank.origins) {
      session = bankSession(bank.prepared);
      await fitBank(session, bank, io, judging, (share, what) =>
        progress.update({ done: share, total: 1, label: `${doing}: ${what}` }),
      );
    }
    const { model } = loadModel(network.bytes, network.request.run.folder, { recalibrate: true });
    return await together(
      { detector: session?.detector ?? rememberedBank(bank), info: bank.info },
      { detector: model, info: network.info },
      picturesOf(bank, network),
      {
        next: NEXT,
        seed: network.prepared.config.train.seed,
        maxFalseRejects: network.request.maxFalseRejects,
        areas: network.request.areas,
        measurerOf: async (both, pictures) => (await judging.judgesOf(both, pictures))?.measurer,
        onScaled: (done, total) =>
          progress.update({ done, total, label: `${doing}: picture ${done} of ${total}` }),
        onProgress: (done, total) =>
          progress.update({ done, total, label: `${doing}: testing, picture ${done} of ${total}` }),
      },
    );
  } finally {
    takeBack();
    progress.clear();
    await judging.stop();
    session?.dispose();
  }
}

/** A bank from its file that knows its pictures. */
function rememberedBank({ bytes, origins, request }: MadeMember): Detector {
  const { model } = loadModel(bytes, request.run.folder, { recalibrate: true });
  model.remember?.(origins!);
  return model;
}

/** The network's held-back pictures and their copies; each is left out of the bank. */
function picturesOf(bank: MadeMember, network: MadeMember) {
  const { ofPicture } = bank.prepared.pictures;
  const at = new Map(bank.request.dataset.train.map(({ id }, i) => [id, ofPicture[i]!]));
  const { seed } = network.prepared.config.train;
  return heldBackPictures({ held: heldBackOf(network.request), seed }, (id) => at.get(id));
}
