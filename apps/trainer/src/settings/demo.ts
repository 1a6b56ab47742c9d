import type { SyntheticOptions } from '@pyramid-mamba/data';
import type { PyramidMambaConfig } from '@pyramid-mamba/model';
import { presetSettings, type Settings } from './settings.js';

/** The size of a demo's data set, and the length of its training. */
export interface DemoSize {
  pictures: SyntheticOptions;
  epochs: number;
}

/** The demo for users: the whole embedded data set, a few minutes on two cores. */
export const FULL: DemoSize = { pictures: { testPerDefect: 3 }, epochs: 10 };
/** For automated checks: runs every part with little training. */
export const FAST: DemoSize = {
  pictures: { trainPerClass: 8, testGoodPerClass: 2, testPerDefect: 1 },
  epochs: 2,
};

/**
 * The tiny preset, reduced so that a CPU trains it in minutes: half the side, a narrow, untrained encoder and two scan
 * blocks per stage; the learning rate is doubled. With the embedded encoder, whose width is 64, a step takes several times as long.
 */
export function demoSettings({ epochs }: DemoSize): Settings<PyramidMambaConfig> {
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
