import type { SyntheticOptions } from '@pyramid-mamba/data';
import { presetSettings, type Settings } from './settings.js';

/** How much of the embedded data set a demo uses, and how long it trains. */
export interface DemoSize {
  pictures: SyntheticOptions;
  epochs: number;
}

/** What a person sees: the embedded data set as it is, a few minutes on two cores. */
export const FULL: DemoSize = { pictures: { testPerDefect: 3 }, epochs: 10 };
/** For automatic checks: every part is run, little is learnt. */
export const FAST: DemoSize = {
  pictures: { trainPerClass: 8, testGoodPerClass: 2, testPerDefect: 1 },
  epochs: 2,
};

/**
 * The tiny preset made small enough for a CPU to train in minutes: half the side, a narrow, untrained encoder and two scan
 * blocks a stage; the learning rate is doubled.
 */
export function demoSettings({ epochs }: DemoSize): Settings {
  const { model, train, workers } = presetSettings('tiny');
  return {
    workers,
    model: {
      ...model,
      inputSize: 128,
      encoder: { arch: 'resnet18', width: 24 },
      decoder: { ...model.decoder, depths: [2, 2, 2, 2] },
      map: { sigma: 3 },
    },
    train: { ...train, lr: 4e-3, epochs, dropAt: 0.8, seed: 1 },
  };
}
