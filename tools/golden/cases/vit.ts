import * as tf from '@tensorflow/tfjs-core';
import { encoderWeightsFrom, inferEncoder, VitEncoder, type VitConfig } from '@pyramid-mamba/model';
import { input, stateOf } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

/** A vision transformer under any library's names, step by step. The cases' heads are narrower than any published network's. */
export const vit: Runner = async (golden, check) => {
  const state = stateOf(golden);
  const { hyper } = golden;
  const config = {
    ...(inferEncoder(state, golden.name) as VitConfig),
    heads: hyper['num_heads'] as number,
    // Dinomaly interpolates the embedding of networks with registers in its own way
    interpolation: hyper['interpolate_antialias'] === true ? 'antialias' : 'offset',
  } as const;
  const module = new VitEncoder(config, encoderWeightsFrom(state, config, golden.name));
  const images = tf.tidy(() => input(golden, 'in.x') as tf.Tensor4D);
  const { positions, tokens, blocks, norm } = module.trace(images);
  // timm adds the class token's position to the token and has no place for it
  const withoutClass = golden.layouts.get('out.pos_embed') === '1,h*w,D';
  const embedding = await positions.data();
  check.tensor('out.pos_embed', withoutClass ? embedding.slice(config.width) : embedding);
  check.tensor('out.tokens', await tokens.data());
  for (const [i, block] of blocks.entries()) check.tensor(`out.block${i}`, await block.data());
  check.tensor('out.norm', await norm.data());
  const map = tf.tidy(() => tf.transpose(module.patchesOf(norm), [0, 2, 1]));
  check.tensor('out.patch_map', await map.data());
  tf.dispose([images, positions, tokens, ...blocks, norm, map]);
  module.dispose();
};
