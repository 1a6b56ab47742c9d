import type { EncoderFamily } from '../types.js';
import { resnetContract, resnetConvs } from './architecture.js';
import { resnetConfigSchema, type ResnetConfig } from './config.js';
import { ResnetEncoder } from './encoder.js';
import { inferResnet } from './infer.js';
import { seededResnet } from './seeded.js';
import { resnetWeightsFrom } from './weights.js';

/** Residual networks up to layer3 (He et al. 2016), by torchvision's and timm's tensor names. */
export const resnet: EncoderFamily<ResnetConfig> = {
  family: 'resnet',
  configSchema: resnetConfigSchema,
  marks: ['conv1.weight', 'layer1.0.conv1.weight'],
  contract: resnetContract,
  create: (config, weights) => new ResnetEncoder(config, weights),
  tensors: (config) =>
    resnetConvs(config).flatMap(({ name, shape }) => [
      { name: `${name}.weight`, shape },
      { name: `${name}.bias`, shape: [shape[0]] },
    ]),
  weightsFrom: resnetWeightsFrom,
  infer: inferResnet,
  seeded: seededResnet,
  graph: async () => (await import('./graph.js')).resnetGraph,
};
