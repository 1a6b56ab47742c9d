import { fuse, LARGEST_SCORE } from '../pyramid-mamba/fuse.js';
import { parameterSpecs } from '../reconstruction/parameterSpecs.js';
import type { Method } from '../types.js';
import { mambaAdConfigSchema, type MambaAdConfig } from './config.js';
import { buildStudent, MambaAd } from './model.js';
import { presets } from './presets.js';

/** Reconstruction of an encoder's features by a Mamba decoder whose scans follow a curve, such as Hilbert's, over the whole map. */
export const mambaAd: Method<MambaAdConfig> = {
  name: 'mambaad',
  title: 'MambaAD',
  configSchema: mambaAdConfigSchema,
  presets,
  needs: 'features',
  learns: 'steps',
  create: MambaAd.create,
  load: MambaAd.load,
  levelCount: () => 3,
  tensors: (config) => parameterSpecs(config, buildStudent(config)),
  extents: ({ mff, decoder: { depths } }) => [
    { what: 'number of bottleneck blocks', value: mff.bottlenecks, most: 64 },
    ...depths.map((value) => ({ what: 'decoder’s depth', value, most: 64 })),
  ],
  // the decoder starts at half the size of the coarsest features
  inputMultiple: () => 32,
  largestScore: () => LARGEST_SCORE,
  alignsCorners: true,
  // the levels' sum over 9, as in Pyramid-Mamba
  fuse,
  graph: async () => (await import('./graph.js')).mambaAdGraph,
};
