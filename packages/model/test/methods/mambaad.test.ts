import { beforeAll, expect, test } from 'vitest';
import {
  encoderWeightsFrom,
  isMambaAdCheckpoint,
  MambaAd,
  mambaAdFromAuthors,
  PyramidMamba,
  type HostTensor,
  type MambaAdConfig,
} from '../../src/index.js';
import type { ResnetConfig } from '../../src/encoders/resnet/config.js';
import { resnetConvs } from '../../src/encoders/resnet/architecture.js';
import { randomTensor, smallConfig, use } from '../kit.js';
import { METHODS } from '../registry/samples.js';

const config = METHODS['mambaad'] as MambaAdConfig;
const SEED = { seed: 5, random: 2 } as const;

beforeAll(() => use('wasm'));

/** An encoder of given values, under the names of the authors' checkpoints. */
function encoderTensors(): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  for (const { name, norm, shape } of resnetConvs(config.encoder as ResnetConfig)) {
    const put = (key: string, size: readonly number[], value: (i: number) => number) =>
      found.set(key, {
        dtype: 'F32',
        shape: [...size],
        data: Float32Array.from({ length: size.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
      });
    put(`${name}.weight`, shape, (i) => Math.sin(i + shape[0]) / 10);
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      put(`${norm}.${part}`, [shape[0]], (i) => 1 + i / 50);
  }
  return found;
}

test('a checkpoint of the authors or of ADer’s copy, whose names differ, becomes a model with the same values', async () => {
  const encoder = encoderTensors();
  const weights = encoderWeightsFrom(encoder, config.encoder, 'test');
  const source = MambaAd.create(config, weights, SEED);
  const state = await source.stateDict();
  const ours = new Map([...encoder].map(([name, tensor]) => [`net_t.${name}`, tensor]));
  for (const [name, { shape, data }] of state) ours.set(name, { dtype: 'F32', shape: [...shape], data });
  expect(isMambaAdCheckpoint(ours)).toBe(false);
  const table = 'net_s.layers_up.0.blocks.0.smm_blocks.0.self_attention.scans.index_flat';
  const authors = new Map(ours).set(table, { dtype: 'I64', shape: [1, 1, 4], data: new BigInt64Array(4) });
  const ader = new Map(
    [...ours].map(([name, tensor]) => [
      name.replace('conv1b7', 'conv1b3').replace('conv1a7', 'conv1a3'),
      tensor,
    ]),
  );
  for (const tensors of [authors, ader]) {
    expect(isMambaAdCheckpoint(tensors)).toBe(true);
    const model = mambaAdFromAuthors(tensors, config, 'mambaad.pth');
    for (const [name, { data }] of await model.stateDict()) expect(data, name).toEqual(state.get(name)!.data);
    model.dispose();
  }
  source.dispose();
});

test('with four sweeps and no noise it is Pyramid-Mamba without a pyramid, bit for bit', async () => {
  const weights = encoderWeightsFrom(encoderTensors(), config.encoder, 'test');
  const sweeps = MambaAd.create(
    { ...config, decoder: { ...config.decoder, scanOrder: 'sweep', directions: 4 } },
    weights,
    SEED,
  );
  const { dropPath, depths, dState } = config.decoder;
  const plain = PyramidMamba.create(
    {
      ...smallConfig(),
      decoder: { grids: [1], pss: true, lec: true, dropPath, depths, dState },
      mff: { ...config.mff, noiseStd: 0 },
    },
    weights,
    SEED,
  );
  const features = sweeps.encode(randomTensor('picture', [1, 64, 64, 3]));
  expect(await sweeps.levels(features)).toEqual(await plain.levels(features));
  sweeps.dispose();
  plain.dispose();
});

test('a pyramid of Hilbert scans is a setting of Pyramid-Mamba: other parameters, saved and loaded', async () => {
  const weights = encoderWeightsFrom(encoderTensors(), config.encoder, 'test');
  const small = smallConfig();
  const curved = {
    ...small,
    decoder: { ...small.decoder, scanOrder: 'hilbert', directions: 8 },
  } as const;
  const model = PyramidMamba.create(curved, weights, SEED);
  const name = 'net_s.layers_up.0.blocks.0.smm_blocks.0.self_attention.x_proj_weight';
  expect((await model.stateDict()).get(name)!.shape[0]).toBe(8);
  const tensors = new Map(
    [...(await model.stateDict())].map(([key, { shape, data }]): [string, HostTensor] => [
      key,
      { dtype: 'F32', shape: [...shape], data },
    ]),
  );
  const again = PyramidMamba.load(curved, weights, tensors, 'file');
  const features = model.encode(randomTensor('picture', [1, 64, 64, 3]));
  expect(await again.levels(features)).toEqual(await model.levels(features));
  expect(() => PyramidMamba.load(small, weights, tensors, 'file')).toThrow(
    /x_proj_weight must have the shape/,
  );
  model.dispose();
  again.dispose();
});
