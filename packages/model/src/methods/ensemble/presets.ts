import { presets as patchcore } from '../patchcore/presets.js';
import { presets as pyramidMamba } from '../pyramid-mamba/presets.js';
import type { Preset } from '../types.js';
import type { EnsembleConfig } from './config.js';

const { encoder, inputSize, map: bankMap, ...bank } = patchcore.fast.model;
const { encoder: _encoder, inputSize: _size, map: networkMap, ...network } = pyramidMamba.tiny.model;

/** What `train` makes where bank and network together test best; docs/methods/ensemble.md states what was tried. */
export const ensemblePresets: Readonly<Record<'ensemble', Preset<EnsembleConfig>>> = {
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
};
