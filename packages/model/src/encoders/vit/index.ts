import type { EncoderFamily } from '../types.js';
import { vitContract, vitTensors } from './architecture.js';
import { vitConfigSchema, type VitConfig } from './config.js';
import { VitEncoder } from './encoder.js';
import { inferVit } from './infer.js';
import { seededVit, vitWeightsFrom } from './weights.js';

/** Vision transformers: DINOv2 with and without registers, DINO, DeiT; by the tensor names of facebookresearch, Hugging Face and timm. */
export const vit: EncoderFamily<VitConfig> = {
  family: 'vit',
  configSchema: vitConfigSchema,
  marks: ['patch_embed.proj.weight', 'blocks.0.norm1.weight'],
  contract: vitContract,
  create: (config, weights) => new VitEncoder(config, weights),
  tensors: vitTensors,
  weightsFrom: vitWeightsFrom,
  infer: inferVit,
  seeded: seededVit,
  graph: async () => (await import('./graph.js')).vitGraph,
};
