import type { Method } from '../types.js';
import {
  ensembleConfigSchema,
  memberConfigs,
  NAME,
  ownSettings,
  type EnsembleConfig,
  type Methods,
} from './config.js';
import { fuseWith } from './fuse.js';
import { Ensemble, memberPrefix } from './model.js';
import { ensemblePresets } from './presets.js';
import { PROTOTYPES, SCALES } from './scales.js';

/** Several methods together. @param methodOf the methods that may be members: those of the registry, which imports this file */
export const ensembleOf = (methodOf: Methods): Method<EnsembleConfig> => ({
  name: NAME,
  title: 'Ensemble',
  configSchema: ensembleConfigSchema(methodOf),
  presets: ensemblePresets,
  needs: 'features',
  learns: 'members',
  create: (config, encoder, seed) => Ensemble.create(methodOf, config, encoder, seed),
  load: (config, encoder, tensors, where) => Ensemble.load(methodOf, config, encoder, tensors, where),
  onEncoder(config) {
    const members = memberConfigs(config).map((one) => methodOf(one).onEncoder?.(one) ?? one);
    return {
      ...config,
      members: members.map(ownSettings),
      map: {
        ...config.map,
        members: config.map.members.map((one, i) => ({
          ...one,
          levels: methodOf(members[i]!).levelCount(members[i]!),
        })),
      },
    };
  },
  levelCount: ({ map }) => map.members.reduce((sum, { levels }) => sum + levels, 0),
  tensors: (config) => [
    { name: PROTOTYPES, shape: [null, null] },
    { name: SCALES, shape: [null, config.members.length] },
    ...memberConfigs(config).flatMap((member, i) =>
      methodOf(member)
        .tensors(member)
        .map(({ name, shape }) => ({ name: memberPrefix(i) + name, shape })),
    ),
  ],
  extents: (config) => memberConfigs(config).flatMap((member) => methodOf(member).extents(member)),
  inputMultiple: (config) =>
    memberConfigs(config)
      .map((member) => methodOf(member).inputMultiple(member))
      .reduce(leastCommonMultiple),
  // the scales, which a configuration does not have, decide
  largestScore: () => Infinity,
  fuse: fuseWith(methodOf),
  graph: async (config) => (await import('./graph.js')).ensembleGraph(methodOf, config),
});

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}
