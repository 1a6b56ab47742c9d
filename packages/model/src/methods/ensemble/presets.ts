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

/** A bank and a network on three levels, with what each is made of and how their maps become one. */
function together(
  own: Pick<Preset<EnsembleConfig>, 'description' | 'train'>,
  members: EnsembleConfig['members'],
  network: EnsembleConfig['map']['members'][number],
  combine: EnsembleConfig['map']['combine'],
): Preset<EnsembleConfig> {
  return {
    ...own,
    model: {
      method: 'ensemble',
      inputSize: inputSize!,
      encoder,
      members,
      map: {
        sigma: Math.max(bankMap.sigma, network.map['sigma'] as number),
        combine,
        members: [{ method: 'patchcore', levels: 1, map: bankMap }, network],
      },
    },
  };
}

const best = together(
  { description: 'a memory bank of chosen patches and RD4AD, together', train: rd4ad.tiny.train },
  [chosenBank, { ...distillation, method: 'rd4ad' }],
  { method: 'rd4ad', levels: 3, map: distillationMap },
  'stretched-square',
);

// a small input has few cells at the bank's usual levels: 16×16 of 128×128 pixels, where 256×256 have 32×32
const fineBank = {
  ...chosenBank,
  levels: [0, 1, 2],
  coreset: { ...chosenBank.coreset, candidates: 250_000 },
};

/** What `train` makes where bank and network together test best; docs/methods/ensemble.md states what was tried. */
export const ensemblePresets: Readonly<Record<'ensemble' | 'best' | 'best-fine', Preset<EnsembleConfig>>> = {
  ensemble: together(
    {
      description: 'the memory bank and the network of `train`, together',
      train: pyramidMamba.tiny.train,
    },
    [bank, { ...network, method: 'pyramid-mamba' }],
    { method: 'pyramid-mamba', levels: 3, map: networkMap },
    'largest',
  ),
  best,
  'best-fine': {
    ...best,
    description: 'as best, with patches of the finest level too, for inputs of about 128×128',
    model: { ...best.model, inputSize: 128, members: [fineBank, best.model.members[1]!] },
  },
};
