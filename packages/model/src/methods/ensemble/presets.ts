import { presets as patchcore } from '../patchcore/presets.js';
import { presets as pyramidMamba } from '../pyramid-mamba/presets.js';
import { presets as rd4ad } from '../rd4ad/presets.js';
import type { Preset } from '../types.js';
import type { EnsembleConfig } from './config.js';

const { encoder, inputSize, map: bankMap, ...bank } = patchcore.fast.model;
const { encoder: _encoder, inputSize: _size, map: networkMap, ...network } = pyramidMamba.tiny.model;
const { encoder: _e, inputSize: _s, map: distillationMap, ...distillation } = rd4ad.tiny.model;

/** What `train` makes where bank and network together test best; docs/methods/ensemble.md states what was tried. */
export const ensemblePresets: Readonly<Record<'ensemble' | 'best', Preset<EnsembleConfig>>> = {
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
  best: {
    description: 'a memory bank of chosen patches and RD4AD, together',
    model: {
      method: 'ensemble',
      inputSize: inputSize!,
      encoder,
      members: [
        // chosen as `train` chooses them where there is time
        { ...bank, coreset: { ...bank.coreset, rows: 16_384, projection: 128, candidates: 1_000_000 } },
        { ...distillation, method: 'rd4ad' },
      ],
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
  },
};
