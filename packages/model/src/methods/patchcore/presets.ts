import { RANDOM_VERSION } from '../../random/streams.js';
import type { TrainConfig } from '../../training/config.js';
import type { Preset } from '../types.js';
import type { PatchCoreConfig } from './config.js';

/** One fit without steps: of these only the seed and its version count. */
const train: TrainConfig = {
  optimizer: 'adamw',
  lr: 1e-3,
  weightDecay: 0,
  betas: [0.9, 0.999],
  eps: 1e-8,
  clipNorm: null,
  lossWeight: 1,
  epochs: 1,
  batchSize: 8,
  dropAt: 1,
  seed: 1,
  random: RANDOM_VERSION,
};

/** The published code's settings with a share of the patches. */
const published = (share: number): PatchCoreConfig => ({
  method: 'patchcore',
  inputSize: 224,
  encoder: { arch: 'wide_resnet50_2', width: 64 },
  levels: [1, 2],
  embedding: { kind: 'windows', perLevel: 1024, dims: 1024 },
  coreset: { share, start: 'approximate', projection: 128, candidates: null },
  neighbours: 1,
  distance: 'squared',
  score: 'patch',
  reweight: null,
  map: { sigma: 4 },
});

/** The only definition of each preset's numbers; docs/methods/patchcore.md states their origin and their results. */
export const presets: Readonly<Record<'patchcore' | 'paper' | 'paper-1' | 'fast', Preset<PatchCoreConfig>>> =
  {
    patchcore: {
      description: 'ResNet18, 256×256, a tenth of the patches: fitted in minutes on a CPU',
      model: {
        method: 'patchcore',
        inputSize: 256,
        encoder: { arch: 'resnet18', width: 64 },
        levels: [1, 2],
        embedding: { kind: 'means' },
        coreset: { share: 0.1, start: 'exact', projection: 128, candidates: 500_000 },
        neighbours: 1,
        distance: 'euclidean',
        score: 'map',
        reweight: null,
        map: { sigma: 4 },
      },
      train,
    },
    // The published code's settings for WideResNet50 (paper, table 1, 10 %). The paper trains one model per class, on pictures resized to 256
    // pixels and cropped to the middle 224; here a picture is resized to 224 as a whole.
    paper: {
      description:
        "the published code's: WideResNet50, 224×224, 1024 values per patch, a tenth of the patches",
      model: published(0.1),
      train,
    },
    'paper-1': {
      description: 'as paper, a hundredth of the patches',
      model: published(0.01),
      train,
    },
    // For a first answer: a random part of the patches instead of a chosen one, so that the fit reads every picture once.
    fast: {
      description: 'ResNet18, 256×256, up to 8192 patches at random: fitted in seconds on a CPU',
      model: {
        method: 'patchcore',
        inputSize: 256,
        encoder: { arch: 'resnet18', width: 64 },
        levels: [1, 2],
        embedding: { kind: 'means' },
        coreset: { share: 1, start: 'exact', projection: null, candidates: 8192 },
        neighbours: 1,
        distance: 'euclidean',
        score: 'map',
        reweight: null,
        map: { sigma: 4 },
      },
      train,
    },
  };
