import { RANDOM_VERSION } from '../../random/streams.js';
import type { TrainConfig } from '../../training/config.js';
import type { Preset } from '../types.js';
import type { Rd4adConfig } from './config.js';

/** The authors' settings: Adam without decay, clipping or schedule. */
const published: TrainConfig = {
  optimizer: 'adam',
  lr: 5e-3,
  weightDecay: 0,
  betas: [0.5, 0.999],
  eps: 1e-8,
  clipNorm: null,
  lossWeight: 1,
  epochs: 200,
  batchSize: 16,
  dropAt: 1,
  seed: 111,
  random: RANDOM_VERSION,
};

/** The only definition of each preset's numbers; docs/methods/rd4ad.md states their origin. */
export const presets: Readonly<Record<'tiny' | 'paper', Preset<Rd4adConfig>>> = {
  // For CPUs. The learning rate falls at the end, since a few hundred steps do not average it out as 200 epochs do.
  tiny: {
    description: 'ResNet18, 256×256, for a CPU',
    model: {
      method: 'rd4ad',
      inputSize: 256,
      encoder: { arch: 'resnet18', width: 64 },
      block: { kind: 'basic' },
      embedding: 2,
      decoder: [2, 2, 2],
      map: { sigma: 4 },
    },
    train: { ...published, epochs: 8, batchSize: 8, dropAt: 0.75, seed: 1 },
  },
  // One model for all classes here, with as many epochs as the authors give each class.
  paper: {
    description: "the authors' code: WideResNet50, 256×256, Adam 5e-3, 200 epochs",
    model: {
      method: 'rd4ad',
      inputSize: 256,
      encoder: { arch: 'wide_resnet50_2', width: 64 },
      block: { kind: 'bottleneck', inner: 2 },
      embedding: 3,
      decoder: [3, 4, 6],
      map: { sigma: 4 },
    },
    train: published,
  },
};
