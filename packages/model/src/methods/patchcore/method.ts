import { familyOf } from '../../encoders/registry.js';
import type { Method } from '../types.js';
import { patchCoreConfigSchema, patchDims, type PatchCoreConfig } from './config.js';
import { fuse } from './fuse.js';
import { BANK, PatchCore } from './model.js';
import { presets } from './presets.js';

const contractOf = ({ encoder }: PatchCoreConfig) => familyOf(encoder).contract(encoder);

/** Distances to a memory bank of patches of good pictures. */
export const patchcore: Method<PatchCoreConfig> = {
  name: 'patchcore',
  title: 'PatchCore',
  configSchema: patchCoreConfigSchema,
  presets,
  needs: 'features',
  learns: 'bank',
  create: PatchCore.create,
  load: PatchCore.load,
  // the last ones of an encoder that lacks the chosen ones
  onEncoder(config) {
    const { length } = contractOf(config).channels;
    const { levels } = config;
    if (levels.at(-1)! < length) return config;
    const count = Math.min(levels.length, length);
    return { ...config, levels: Array.from({ length: count }, (_, i) => length - count + i) };
  },
  levelCount: ({ score }) => (score === 'patch' ? 2 : 1),
  tensors: (config) => [{ name: BANK, shape: [null, patchDims(config, contractOf(config))] }],
  extents: (config) => [
    { what: 'number of values of a patch', value: patchDims(config, contractOf(config)), most: 16_384 },
    {
      what: 'number of values of a level',
      value: config.embedding.kind === 'windows' ? config.embedding.perLevel : 1,
      most: 16_384,
    },
    { what: 'number of nearest patches', value: config.neighbours, most: 1024 },
    { what: 'number of patches that re-weight', value: config.reweight ?? 1, most: 1024 },
  ],
  inputMultiple: (config) => contractOf(config).inputMultiple,
  largestScore: () => Infinity,
  scoreIsMaximum: ({ score }) => score === 'map',
  fuse,
  graph: async () => (await import('./graph.js')).patchCoreGraph,
};
