import { parameterSpecs } from '../reconstruction/parameterSpecs.js';
import type { Method } from '../types.js';
import { rd4adConfigSchema, type Rd4adConfig } from './config.js';
import { fuseSum, LARGEST_SUM } from './fuse.js';
import { buildStudent, Rd4ad } from './model.js';
import { presets } from './presets.js';

/** Reverse distillation: a mirrored ResNet rebuilds the encoder's features from a one-class embedding. */
export const rd4ad: Method<Rd4adConfig> = {
  name: 'rd4ad',
  title: 'RD4AD',
  configSchema: rd4adConfigSchema,
  presets,
  needs: 'features',
  learns: 'steps',
  create: Rd4ad.create,
  load: Rd4ad.load,
  levelCount: () => 3,
  tensors: (config) => parameterSpecs(config, buildStudent(config)),
  extents: ({ block, embedding, decoder }) => [
    { what: 'number of embedding blocks', value: embedding, most: 64 },
    ...decoder.map((value) => ({ what: 'decoder’s depth', value, most: 64 })),
    { what: 'inner width of a block', value: block.kind === 'bottleneck' ? block.inner : 1, most: 8 },
  ],
  // the decoder starts at half the size of the coarsest features
  inputMultiple: () => 32,
  largestScore: () => LARGEST_SUM,
  alignsCorners: true,
  fuse: fuseSum,
  graph: async () => (await import('./graph.js')).rd4adGraph,
};
