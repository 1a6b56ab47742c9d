import { parameterSpecs } from '../reconstruction/parameterSpecs.js';
import type { Method } from '../types.js';
import { destsegConfigSchema, type DestsegConfig } from './config.js';
import { fuseSegmentation } from './fuse.js';
import { buildNetworks, Destseg } from './model.js';
import { presets } from './presets.js';

/** A denoising student and a segmentation network that learn from anomalies drawn on good pictures. */
export const destseg: Method<DestsegConfig> = {
  name: 'destseg',
  title: 'DeSTSeg',
  configSchema: destsegConfigSchema,
  presets,
  needs: 'pictures',
  learns: 'steps',
  create: Destseg.create,
  load: Destseg.load,
  levelCount: () => 1,
  tensors: (config) => parameterSpecs(config, buildNetworks),
  extents: ({ map }) => [{ what: 'number of pixels that make the score', value: map.top, most: 1_048_576 }],
  // the student's encoder halves the picture five times
  inputMultiple: () => 32,
  // a probability
  largestScore: () => 1,
  scoreIsMaximum: () => false,
  // a sigmoid keeps its digits however small it is
  roundsByShare: true,
  fuse: fuseSegmentation,
  graph: async () => (await import('./graph.js')).destsegGraph,
};
