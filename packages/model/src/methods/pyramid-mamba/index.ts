import { familyOf } from '../../encoders/registry.js';
import { parameterSpecs } from '../reconstruction/parameterSpecs.js';
import type { Method } from '../types.js';
import { pyramidMambaConfigSchema, type PyramidMambaConfig } from './config.js';
import { smallestCell } from './flat.js';
import { fuse, largestScoreOf } from './fuse.js';
import { buildStudent, PyramidMamba } from './model.js';
import { presets } from './presets.js';

const contractOf = ({ encoder }: PyramidMambaConfig) => familyOf(encoder).contract(encoder);
const levelCount = (config: PyramidMambaConfig): number => contractOf(config).channels.length;

/** Reconstruction of an encoder's features by a Mamba decoder with pyramid scans (this package's paper). */
export const pyramidMamba: Method<PyramidMambaConfig> = {
  name: 'pyramid-mamba',
  title: 'Pyramid-Mamba',
  configSchema: pyramidMambaConfigSchema,
  presets,
  needs: 'features',
  learns: 'steps',
  create: PyramidMamba.create,
  load: PyramidMamba.load,
  // one for each level of the encoder
  levelCount,
  tensors: (config) => parameterSpecs(config, buildStudent(config)),
  extents: ({ mff, decoder: { depths, grids } }) => [
    { what: 'number of bottleneck blocks', value: mff.bottlenecks, most: 64 },
    ...depths.map((value) => ({ what: 'decoder’s depth', value, most: 64 })),
    { what: 'number of pyramid levels', value: grids.length, most: 8 },
    ...grids.map((value) => ({ what: 'pyramid’s grid', value, most: 64 })),
  ],
  // the smallest map must divide into all grids
  inputMultiple: (config) =>
    smallestCell(contractOf(config)) * config.decoder.grids.reduce(leastCommonMultiple),
  largestScore: (config) => largestScoreOf(levelCount(config)),
  alignsCorners: true,
  fuse,
  graph: async () => (await import('./graph/index.js')).pyramidMambaGraph,
};

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}
