import type { SyntheticOptions } from '@pyramid-mamba/data';
import { presetSettings, type Settings } from './settings.js';

/** How much of the embedded data set a demo uses, and how long it trains. */
export interface DemoSize {
  pictures: SyntheticOptions;
  epochs: number;
}

/** What a person sees: the embedded data set as it is, a few minutes on two cores. */
export const FULL: DemoSize = { pictures: { testPerDefect: 3 }, epochs: 8 };
/** For automatic checks: every part is run, little is learnt. */
export const FAST: DemoSize = {
  pictures: { trainPerClass: 8, testGoodPerClass: 2, testPerDefect: 1 },
  epochs: 2,
};

/** A narrow, untrained encoder and pictures of 128 pixels: small enough for a CPU to train in minutes. */
export function demoSettings({ epochs }: DemoSize): Settings {
  const { model, train, workers } = presetSettings('tiny');
  return {
    workers,
    model: {
      ...model,
      encoder: { arch: 'resnet18', width: 32 },
      decoder: { ...model.decoder, depths: [2, 2, 2, 2] },
    },
    train: { ...train, lr: 4e-3, epochs, seed: 1 },
  };
}
