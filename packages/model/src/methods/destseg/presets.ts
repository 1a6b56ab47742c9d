import { RANDOM_VERSION } from '../../random/streams.js';
import type { TrainConfig } from '../../training/config.js';
import type { Preset } from '../types.js';
import { UNSMOOTHED, type DestsegConfig } from './config.js';

/** The authors' settings: SGD with momentum, a fifth of the steps for the student at 0.4, the rest for the segmentation at 0.1 and 0.01. */
const published: TrainConfig = {
  optimizer: 'sgd',
  lr: 0.4,
  weightDecay: 1e-4,
  betas: [0.9, 0],
  eps: 1e-8,
  clipNorm: null,
  lossWeight: 1,
  epochs: 50,
  batchSize: 32,
  dropAt: 1,
  parts: [
    { share: 0.2, rates: { 'student.': 1 } },
    { share: 0.8, rates: { 'segmentation.res.': 0.25, 'segmentation.head.': 0.025 } },
  ],
  seed: 1,
  random: RANDOM_VERSION,
};

const model: DestsegConfig = {
  method: 'destseg',
  inputSize: 256,
  encoder: { arch: 'resnet18', width: 64 },
  map: { top: 100, sigma: UNSMOOTHED },
};

/** The only definition of each preset's numbers; docs/methods/destseg.md states their origin. */
export const presets: Readonly<Record<'tiny' | 'paper', Preset<DestsegConfig>>> = {
  // For CPUs. The student's loss is a sum over the batch, so a batch of 8 takes a quarter of the published steps' length.
  tiny: {
    description: 'ResNet18, 256×256, batch 8, for a CPU',
    model,
    train: { ...published, epochs: 8, batchSize: 8 },
  },
  // One model for all classes here, with as many steps as the authors give each class.
  paper: {
    description: "the authors' code: ResNet18, 256×256, SGD 0.4 / 0.1 / 0.01, 5000 steps of 32",
    model,
    train: { ...published, steps: 5000 },
  },
};
