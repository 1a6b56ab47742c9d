import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  encoderWeightsFrom,
  FormatError,
  inferEncoder,
  readWeights,
  seededEncoderWeights,
  writeSafetensors,
  type HostTensor,
  type VitConfig,
} from '../../src/index.js';
import { axisWeights, resizePositions } from '../../src/encoders/vit/positions.js';
import { INTERPOLATIONS, middleLevels } from '../../src/encoders/vit/config.js';
import { expectClose, hostTensors, numbers, randomTensor, use } from '../kit.js';
import { ENCODERS } from '../registry/samples.js';

const SEED = { seed: 1, random: 2 } as const;
const [registers, plain] = ENCODERS['vit'] as [VitConfig, VitConfig];

/** The weights of a configuration as a checkpoint has them, with values of no default. */
async function checkpoint(config: VitConfig): Promise<Map<string, HostTensor>> {
  const found = hostTensors(await seededEncoderWeights(config, SEED));
  for (const [name, tensor] of found)
    if (tensor.shape.length === 1) tensor.data = numbers(name, tensor.data.length).map((x) => 1 + 0.3 * x);
  return found;
}

/** The names that Hugging Face gives the tensors of facebookresearch's. */
function asHuggingFace(tensors: ReadonlyMap<string, HostTensor>, prefix: string): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    const block = /^blocks\.(\d+)\.(.*)$/.exec(name);
    if (!block) {
      const own = name
        .replace(/^(cls_token|register_tokens)$/, 'embeddings.$1')
        .replace(/^pos_embed.*$/, 'embeddings.position_embeddings')
        .replace(/^patch_embed\.proj/, 'embeddings.patch_embeddings.projection')
        .replace(/^norm\./, 'layernorm.');
      found.set(prefix + own, tensor);
      continue;
    }
    const start = `${prefix}encoder.layer.${block[1]}.`;
    const part = block[2]!;
    if (part.startsWith('attn.qkv.')) {
      const third = tensor.data.length / 3;
      const shape = [tensor.shape[0]! / 3, ...tensor.shape.slice(1)];
      ['query', 'key', 'value'].forEach((which, i) => {
        const data = (tensor.data as Float32Array).slice(i * third, (i + 1) * third);
        found.set(`${start}attention.attention.${which}.${part.slice(9)}`, { dtype: 'F32', shape, data });
      });
    } else
      found.set(
        start +
          part
            .replace('attn.proj', 'attention.output.dense')
            .replace(/^ls(\d)\.gamma/, 'layer_scale$1.lambda1'),
        tensor,
      );
  }
  return found;
}

/** timm's: the class token holds its position, the embedding has patches alone. */
function asTimm(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const found = new Map(tensors);
  found.set('reg_token', found.get('register_tokens')!);
  found.delete('register_tokens');
  const [token, positions] = [found.get('cls_token')!, found.get('pos_embed')!];
  const [all, width] = [positions.data as Float32Array, token.shape[2]!];
  const data = (token.data as Float32Array).map((x, i) => x + all[i]!);
  found.set('cls_token', { ...token, data });
  const [, count] = positions.shape;
  found.set('pos_embed', { dtype: 'F32', shape: [1, count! - 1, width], data: all.slice(width) });
  return found;
}

async function featuresOf(tensors: ReadonlyMap<string, HostTensor>): Promise<Float32Array[]> {
  const config = inferEncoder(tensors, 'w.safetensors');
  const encoder = createEncoder(config, encoderWeightsFrom(tensors, config, 'w.safetensors'));
  const images = randomTensor<tf.Tensor4D>('pictures', [1, 32, 80, 3]);
  const features = encoder.encode(images);
  const data = await Promise.all(features.map((feature) => feature.data<'float32'>()));
  tf.dispose([images, ...features]);
  encoder.dispose();
  return data;
}

describe('a vision transformer', () => {
  beforeAll(() => use('wasm'));

  test('gives the same features under the names of facebookresearch, Hugging Face and timm', async () => {
    const own = await checkpoint(registers);
    const want = await featuresOf(own);
    for (const tensors of [
      asHuggingFace(own, ''),
      asHuggingFace(own, 'dinov2_with_registers.'),
      asTimm(own),
    ]) {
      expect(inferEncoder(tensors, 'w.safetensors')).toEqual(registers);
      const found = await featuresOf(tensors);
      found.forEach((level, i) => expectClose(`level ${i}`, level, want[i]!, 1e-6));
    }
  });

  test('keeps its interpolation of positions in a file of weights, whoever wrote it', async () => {
    const without = await checkpoint(plain);
    const facebook = new Map(without);
    facebook.set('pos_embed', facebook.get('pos_embed_plain')!);
    facebook.delete('pos_embed_plain');
    facebook.set('mask_token', { dtype: 'F32', shape: [1, 64], data: new Float32Array(64) });
    expect(inferEncoder(facebook, 'w')).toEqual({ ...plain, interpolation: 'offset' });
    expect(inferEncoder(asHuggingFace(without, 'dinov2.'), 'w')).toEqual(plain);
    facebook.delete('mask_token');
    expect(inferEncoder(facebook, 'w')).toEqual({ ...plain, interpolation: 'antialias' });
    for (const interpolation of INTERPOLATIONS) {
      const config = { ...plain, interpolation };
      const weights = encoderWeightsFrom(facebook, config, 'w');
      const file = readWeights(writeSafetensors(new Map(weights), {}), 'file');
      expect(inferEncoder(file, 'file')).toEqual(config);
    }
  });

  test('of another kind is refused with what is wrong with it', async () => {
    const own = await checkpoint(plain);
    const swiglu = new Map(own).set('blocks.0.mlp.w12.weight', own.get('norm.weight')!);
    expect(() => inferEncoder(swiglu, 'giant.pth')).toThrow(/giant\.pth: .*SwiGLU/);
    const distilled = new Map(own).set('pos_embed_plain', {
      dtype: 'F32',
      shape: [1, 11, 64],
      data: new Float32Array(704),
    });
    expect(() => inferEncoder(distilled, 'deit.pth')).toThrow(/10 patches, which are no square/);
    const lacking = new Map(own);
    lacking.delete('blocks.1.mlp.fc2.bias');
    expect(() => encoderWeightsFrom(lacking, plain, 'w.pth')).toThrow(
      new FormatError(
        "w.pth: tensor blocks.1.mlp.fc2.bias of dinov2 is missing; is it another network's file?",
      ),
    );
  });
});

test('resized positions are weighted means: a constant map stays, a map of its own size is not touched', () => {
  for (const interpolation of INTERPOLATIONS) {
    for (const [from, to] of [
      [4, 7],
      [37, 16],
      [16, 37],
      [5, 1],
    ] as const) {
      const weights = axisWeights(from, to, interpolation);
      for (let i = 0; i < to; i++)
        expect(weights.slice(i * from, (i + 1) * from).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
    const positions = numbers('positions', 3 * 3 * 2);
    expect(resizePositions(positions, 3, [3, 3], interpolation)).toBe(positions);
    // rows and columns are told apart: values that depend on the row alone do so in a map that is not square
    const rows = Float32Array.from({ length: 9 }, (_, i) => Math.floor(i / 3));
    const resized = resizePositions(rows, 3, [2, 5], interpolation);
    for (let i = 0; i < 10; i++) expect(resized[i]).toBeCloseTo(resized[i < 5 ? 0 : 5]!, 6);
    expect(resized[0]).toBeLessThan(resized[9]!);
  }
});

test('the levels are the middle thirds of the blocks', () => {
  expect(middleLevels(12)).toEqual([
    [2, 5],
    [6, 9],
  ]);
  expect(middleLevels(24)).toEqual([
    [4, 11],
    [12, 19],
  ]);
  expect(middleLevels(1)).toEqual([
    [0, 0],
    [0, 0],
  ]);
});
