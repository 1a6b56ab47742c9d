import { RANDOM_VERSION } from '../../random/streams.js';
import type { Preset } from '../types.js';
import type { PyramidMambaConfig } from './config.js';

const fullSize: PyramidMambaConfig = {
  inputSize: 256,
  encoder: { arch: 'resnet34', width: 64 },
  mff: { bottlenecks: 3, noiseStd: 0.05 },
  decoder: { depths: [3, 4, 6, 3], dState: 16, grids: [1, 2], pss: true, lec: true, dropPath: 0.2 },
  map: { sigma: 4 },
};

/** The only definition of each preset's numbers; docs/paper-map.md states their origin. */
export const presets: Readonly<Record<'tiny' | 'paper' | 'official', Preset<PyramidMambaConfig>>> = {
  // For CPUs: fewer blocks and no stochastic depth, which needs more than a few hundred steps; the full side, since in the same
  // hour 464 steps at 256×256 gave better maps of all classes than 696 at 128×128. Its results and cost are in
  // README.md, "Results".
  tiny: {
    description: 'ResNet18, 256×256, 10 scan blocks: trains on a CPU in an hour',
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
  // The paper's text: mean image AU-ROC 98.6, pixel AP 57.3, AU-PRO 93.5 on MVTec AD (tables I and II).
  // Values not in the text (batch, clipping, schedule) are from the authors' code.
  paper: {
    description: "the paper's text: ResNet34, 256×256, Adam 5e-4, 500 epochs",
    model: fullSize,
    train: {
      optimizer: 'adam',
      lr: 5e-4,
      weightDecay: 1e-4,
      betas: [0.9, 0.999],
      eps: 1e-8,
      clipNorm: 5,
      lossWeight: 1,
      epochs: 500,
      batchSize: 16,
      dropAt: 0.8,
      seed: 42,
      random: RANDOM_VERSION,
    },
  },
  // The published code, which produced the tables' numbers (best of all tested epochs).
  official: {
    description: "the authors' code: as paper, but AdamW 5e-3, loss ×5, 1000 epochs",
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
