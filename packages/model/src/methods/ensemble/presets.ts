import { presets as patchcore } from '../patchcore/presets.js';
import { presets as pyramidMamba } from '../pyramid-mamba/presets.js';
import { presets as rd4ad } from '../rd4ad/presets.js';
import type { Preset } from '../types.js';
import type { EnsembleConfig } from './config.js';

const { encoder, inputSize, map: bankMap, ...bank } = patchcore.fast.model;
const { encoder: _encoder, inputSize: _size, map: networkMap, ...network } = pyramidMamba.tiny.model;
const { encoder: _e, inputSize: _s, map: distillationMap, ...distillation } = rd4ad.tiny.model;

// chosen as `train` chooses them where there is time
const chosenBank = {
  ...bank,
  coreset: { ...bank.coreset, rows: 16_384, projection: 128, candidates: 1_000_000 },
};

const best: Preset<EnsembleConfig> = {
  description: 'a memory bank of chosen patches and RD4AD, together',
  model: {
    method: 'ensemble',
    inputSize: inputSize!,
    encoder,
    members: [chosenBank, { ...distillation, method: 'rd4ad' }],
    map: {
      sigma: Math.max(bankMap.sigma, distillationMap.sigma),
      combine: 'stretched-mean',
      members: [
        { method: 'patchcore', levels: 1, map: bankMap },
        { method: 'rd4ad', levels: 3, map: distillationMap },
      ],
    },
  },
  train: rd4ad.tiny.train,
};

// a small input has few cells at the bank's usual levels: 16×16 of 128×128 pixels, where 256×256 have 32×32
const fineBank = {
  ...chosenBank,
  levels: [0, 1, 2],
  coreset: { ...chosenBank.coreset, candidates: 250_000 },
};

/** What `train` makes where bank and network together test best; docs/methods/ensemble.md states what was tried. */
export const ensemblePresets: Readonly<Record<'ensemble' | 'best' | 'best-fine', Preset<EnsembleConfig>>> = {
  ensemble: {
    description: 'the memory bank and the network of `train`, together',
    model: {
      method: 'ensemble',
      inputSize: inputSize!,
      encoder,
      members: [bank, { ...network, method: 'pyramid-mamba' }],
      map: {
        sigma: Math.max(bankMap.sigma, networkMap.sigma),
        combine: 'largest',
        members: [
          { method: 'patchcore', levels: 1, map: bankMap },
          { method: 'pyramid-mamba', levels: 3, map: networkMap },
        ],
      },
    },
    train: pyramidMamba.tiny.train,
  },
  best,
  'best-fine': {
    ...best,
    description: 'as best, with patches of the finest level too, for inputs of about 128×128',
    model: { ...best.model, inputSize: 128, members: [fineBank, best.model.members[1]!] },
  },
};
