// `orientationGains` of inspect, with banks of this command.
import { orientationGains as gainsOf, type BankOf } from '@pyramid-mamba/inspect';
import type { SelfTest } from '@pyramid-mamba/model';
import { Judging } from '../../threads/judging.js';
import type { Io } from '../../terminal/io.js';
import { Progress } from '../../terminal/progress.js';
import { bankSession, fitBank } from './fitBank.js';
import { prepare, type Sources, type TrainRequest } from '../prepare.js';

/** By what share each class gains from rotated and mirrored copies. @param bank the request of the memory bank @param selfTest of the bank without copies */
export async function orientationGains(
  bank: TrainRequest,
  sources: Sources,
  io: Io,
  selfTest?: SelfTest,
): Promise<Record<string, number>> {
  const progress = new Progress(io);
  try {
    return await gainsOf(bank.dataset, {
      bankOf: bankOf(bank, sources, io),
      seed: bank.settings.train.seed,
      selfTest,
      onProgress: (done, total, label) => progress.update({ done, total, label }),
    });
  } finally {
    progress.clear();
  }
}

const bankOf =
  (request: TrainRequest, sources: Sources, io: Io): BankOf =>
  async (train, name, work) => {
    const { settings, dataset } = request;
    const rotated: TrainRequest = {
      ...request,
      dataset: { ...dataset, train: [...train] },
      settings: { ...settings, train: { ...settings.train, augmentRotations: [name] } },
    };
    const prepared = await prepare(rotated, sources);
    const session = bankSession(prepared);
    const judging = new Judging(io, prepared.backend, request.judges);
    try {
      const features = await fitBank(session, { request: rotated, prepared }, io, judging);
      return await work({ detector: session.detector, features, pictures: prepared.pictures });
    } finally {
      await judging.stop();
      session.dispose();
    }
  };
