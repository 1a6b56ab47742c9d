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
 * The tiny preset made small enough for a CPU to train in minutes: a narrow, untrained encoder and two scan blocks a stage.
 * A few hundred steps are too few for stochastic depth to help, so there is none, and the learning rate is doubled.
 */
export function demoSettings({ epochs }: DemoSize): Settings {
  const { model, train, workers } = presetSettings('tiny');
  return {
    workers,
    model: {
      ...model,
      encoder: { arch: 'resnet18', width: 24 },
      decoder: { ...model.decoder, depths: [2, 2, 2, 2], dropPath: 0 },
      map: { sigma: 3 },
    },
    train: { ...train, lr: 4e-3, epochs, seed: 1 },
  };
}
