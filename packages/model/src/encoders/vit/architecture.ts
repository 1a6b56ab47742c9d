import type { EncoderContract, TensorSpec } from '../types.js';
import type { Interpolation, VitConfig } from './config.js';

export const vitContract = (config: VitConfig): EncoderContract => ({
  id: `${config.arch}, width ${config.width}, ${config.depth} blocks, patch ${config.patch}`,
  channels: config.levels.map(() => config.width),
  strides: config.levels.map(() => config.patch),
  inputMultiple: config.patch,
  preprocessing: { resize: 'bilinear-antialias', normalize: 'imagenet' },
});

/** Of the layer normalisations. */
export const NORM_EPSILON = 1e-6;

/** The name of the position embedding says how it is resized, so that a file of weights alone gives the same features. */
export const positionName = (interpolation: Interpolation): string =>
  interpolation === 'antialias' ? 'pos_embed' : `pos_embed_${interpolation}`;

/** The tensors of a block, relative to `blocks.N.`. */
export function blockTensors({ arch, width, hidden }: VitConfig): TensorSpec[] {
  const scaled = arch !== 'vit';
  const norm = (name: string): TensorSpec[] => [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
  const layer = (name: string, outputs: number, inputs: number): TensorSpec[] => [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  return [
    ...norm('norm1'),
    ...layer('attn.qkv', 3 * width, width),
    ...layer('attn.proj', width, width),
    ...(scaled ? [{ name: 'ls1.gamma', shape: [width] }] : []),
    ...norm('norm2'),
    ...layer('mlp.fc1', hidden, width),
    ...layer('mlp.fc2', width, hidden),
    ...(scaled ? [{ name: 'ls2.gamma', shape: [width] }] : []),
  ];
}

/** The tensors of the weights, under facebookresearch's names. */
export function vitTensors(config: VitConfig): TensorSpec[] {
  const { width, patch, registers, grid, depth, interpolation } = config;
  return [
    { name: 'cls_token', shape: [1, 1, width] },
    ...(registers > 0 ? [{ name: 'register_tokens', shape: [1, registers, width] }] : []),
    { name: positionName(interpolation), shape: [1, 1 + grid * grid, width] },
    { name: 'patch_embed.proj.weight', shape: [width, 3, patch, patch] },
    { name: 'patch_embed.proj.bias', shape: [width] },
    ...Array.from({ length: depth }, (_, i) =>
      blockTensors(config).map(({ name, shape }) => ({ name: `blocks.${i}.${name}`, shape })),
    ).flat(),
    { name: 'norm.weight', shape: [width] },
    { name: 'norm.bias', shape: [width] },
  ];
}
