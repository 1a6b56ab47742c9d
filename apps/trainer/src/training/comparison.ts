// Which of two models is better is only known where both were asked the same: a memory bank is judged by leaving out one picture, a
// network by the pictures it held back, and their figures are of different pictures.
import { testModel } from '@pyramid-mamba/inspect';
import { TrainingSession, inputOf } from '@pyramid-mamba/model';
import { onInterrupt } from '../terminal/interrupt.js';
import type { Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { prepareFeatures, type Prepared, type TrainRequest } from './prepare.js';
import { heldBackPictures } from './selfTest.js';

/** Figures of a self-test by class, see `ClassSelfTest`. */
export type Figures = Record<string, number>;

/**
 * The figures of a memory bank that is fitted to the network's training pictures alone and tested with the pictures that test the network:
 * its held-back ones, their copies and the same drawn defects.
 *
 * @param request the network's pictures, the bank's settings
 * @param kept what a user has when this is interrupted, half a sentence
 */
export async function bankFigures(
  request: TrainRequest,
  prepared: Prepared,
  kept: string,
  io: Io,
): Promise<Figures> {
  const { config, encoder, pictures } = prepared;
  const session = new TrainingSession({
    config: config.model,
    encoder: encoder.weights,
    train: config.train,
    checkpoints: {
      where: 'the comparison',
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
    },
  });
  const progress = new Progress(io);
  const takeBack = onInterrupt(io, () => `stopped: ${kept}`);
  const doing = 'comparing with the memory bank';
  try {
    const features = await prepareFeatures(request, prepared, session.detector, { ...io, out: () => {} });
    await session.learn({
      batches: {
        count: features.count,
        batch: (indices) => features.batch(indices),
        ...(inputOf(config.model).fit === 'pad' && { sizes: (indices) => features.sizes(indices) }),
      },
      order: () => [],
      hear(event) {
        if (event.kind === 'fitting')
          progress.update({ done: event.share, total: 1, label: `${doing}: ${event.doing}` });
      },
    });
    const { seed } = config.train;
    const on = { ...request, pictures, seed };
    const { selfTest } = await testModel(session.detector, heldBackPictures(on), {
      next: NEXT,
      seed,
      onProgress: (done, total) =>
        progress.update({ done, total, label: `${doing}: picture ${done} of ${total}` }),
    });
    return Object.fromEntries(Object.entries(selfTest).map(([name, { figure }]) => [name, figure]));
  } finally {
    takeBack();
    progress.clear();
    session.dispose();
  }
}
