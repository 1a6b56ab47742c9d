import { RANDOM_VERSION } from '../../random/streams.js';
import type { Preset } from '../types.js';
import type { MambaAdConfig } from './config.js';

const fullSize: MambaAdConfig = {
  method: 'mambaad',
  inputSize: 256,
  encoder: { arch: 'resnet34', width: 64 },
  mff: { bottlenecks: 3 },
  decoder: { depths: [3, 4, 6, 3], dState: 16, scanOrder: 'hilbert', directions: 8, dropPath: 0.2 },
  map: { sigma: 4 },
};

/** The only definition of each preset's numbers; docs/methods/mambaad.md states their origin. */
export const presets: Readonly<Record<'tiny' | 'paper', Preset<MambaAdConfig>>> = {
  // Blocks, batch and length of Pyramid-Mamba's preset of that name, so that the two can be compared.
  tiny: {
    description: 'ResNet18, 256×256, 10 scan blocks, Hilbert curve in 8 directions, for a CPU',
    model: {
      ...fullSize,
      encoder: { arch: 'resnet18', width: 64 },
      decoder: { ...fullSize.decoder, depths: [3, 2, 2, 3], dropPath: 0 },
    },
    train: {
      optimizer: 'adamw',
      lr: 2e-3,
      weightDecay: 1e-4,
      betas: [0.9, 0.999],
      eps: 1e-8,
      clipNorm: 5,
      lossWeight: 5,
      epochs: 8,
      batchSize: 8,
      dropAt: 0.75,
      seed: 1,
      random: RANDOM_VERSION,
    },
  },
  paper: {
    description:
      "the authors' code: ResNet34, 256×256, Hilbert curve in 8 directions, AdamW 5e-3, 1000 epochs",
    model: fullSize,
    train: {
      optimizer: 'adamw',
      lr: 5e-3,
      weightDecay: 1e-4,
      betas: [0.9, 0.999],
      eps: 1e-8,
      clipNorm: 5,
      lossWeight: 5,
      epochs: 1000,
      batchSize: 16,
      dropAt: 0.8,
      seed: 42,
      random: RANDOM_VERSION,
    },
  },
};
