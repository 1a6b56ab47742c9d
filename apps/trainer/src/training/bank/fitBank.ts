import { inputOf, TrainingSession } from '@pyramid-mamba/model';
import type { Judging } from '../../threads/judging.js';
import type { Io } from '../../terminal/io.js';
import type { FeatureStore } from '../features.js';
import { prepareFeatures, type Prepared, type TrainRequest } from '../prepare.js';

/** A session for a memory bank that is fitted on the way, without a model file. Its tensors live until its `dispose`. */
export const bankSession = ({ config, encoder }: Prepared): TrainingSession =>
  new TrainingSession({
    config: config.model,
    encoder: encoder.weights,
    train: config.train,
    checkpoints: {
      where: 'the memory bank',
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
    },
  });

/** Fits the session's bank to the pictures of a request, without a line on the terminal; resolves to their features. */
export async function fitBank(
  session: TrainingSession,
  { request, prepared }: { request: TrainRequest; prepared: Prepared },
  io: Io,
  judging: Judging,
  onProgress?: (share: number, doing: string) => void,
): Promise<FeatureStore> {
  const quiet = { ...io, out: () => {} };
  const features = await prepareFeatures(request, prepared, session.detector, quiet, judging);
  await session.learn({
    batches: {
      count: features.count,
      batch: (indices) => features.batch(indices),
      ...(inputOf(prepared.config.model).fit === 'pad' && { sizes: (indices) => features.sizes(indices) }),
    },
    order: () => [],
    hear(event) {
      if (event.kind === 'fitting') onProgress?.(event.share, event.doing);
    },
  });
  return features;
}
