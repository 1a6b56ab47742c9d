import * as tf from '@tensorflow/tfjs-core';
import {
  Ensemble,
  freshState,
  isBankDetector,
  isGradientDetector,
  stepper,
  Optimizer,
  trainLoop,
  type Detector,
  type Features,
} from '../../src/index.js';
import { trainConfig } from '../kit.js';

/** Trains or fits a detector on the pictures `images`, as its method learns. Resolves to the losses of its steps, if it makes any. */
export async function learn(
  detector: Detector,
  images: tf.Tensor4D,
  { steps = 3, lr = 2e-3 } = {},
): Promise<number[]> {
  const features = detector.encoder.encode(images);
  try {
    return await learnFrom(detector, features, { steps, lr }, images);
  } finally {
    tf.dispose([images, ...features]);
  }
}

async function learnFrom(
  detector: Detector,
  features: Features,
  { steps, lr }: { steps: number; lr: number },
  images: tf.Tensor4D,
): Promise<number[]> {
  if (detector instanceof Ensemble) {
    for (const member of detector.members) await learnFrom(member, features, { steps, lr }, images);
    const prototypes = await detector.encoder.prototype(features);
    detector.setScales(prototypes.map((prototype, i) => ({ prototype, scale: [2 + i, 0.1] })));
    return [];
  }
  const source = {
    count: features[0]!.shape[0],
    // eslint-disable-next-line @typescript-eslint/require-await
    async batch(indices: readonly number[]): Promise<Features> {
      return tf.tidy(() => features.map((level) => tf.gather(level, [...indices])));
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    pictures: async (indices: readonly number[]): Promise<tf.Tensor4D> => tf.gather(images, [...indices]),
  };
  const losses: number[] = [];
  if (isBankDetector(detector)) await detector.fit(source, { seed: { seed: 1, random: 2 } });
  else if (isGradientDetector(detector)) {
    const train = { ...trainConfig(), lr, epochs: steps, batchSize: source.count };
    const optimizer = new Optimizer(detector.trainable(), train);
    await trainLoop({
      train,
      count: source.count,
      order: () => [Array.from({ length: source.count }, (_, i) => i)],
      step: stepper(detector, optimizer, train, source),
      state: freshState(),
      onStep: ({ loss }) => void losses.push(loss),
      onCheckpoint: () => Promise.resolve(),
    });
    optimizer.dispose();
  }
  return losses;
}
