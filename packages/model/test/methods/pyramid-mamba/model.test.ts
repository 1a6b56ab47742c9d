import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  FormatError,
  loadModel,
  Optimizer,
  PyramidMamba,
  readSafetensors,
  saveModel,
  seededTraining,
  trainStep,
  writeSafetensors,
  type ModelConfig,
  type ModelInfo,
} from '../../../src/index.js';
import {
  detect,
  BACKENDS,
  copies,
  encoderWeights,
  hostTensor,
  hostTensors,
  randomFeatures,
  randomTensor,
  smallConfig,
  trainConfig,
  use,
} from '../../kit.js';

const INFO: ModelInfo = {
  classes: ['bottle', 'Käse "x"'],
  preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
  licence: 'none',
  fingerprint: 'abc',
  training: { preset: 'tiny', steps: 3, betas: [0.9, 0.999] },
};

/** A model after two steps of training, so that no parameter or statistic has its initial value by chance. */
async function trained(config: ModelConfig = smallConfig()): Promise<PyramidMamba> {
  const model = PyramidMamba.create(config, await encoderWeights(config), { seed: 3, random: 2 });
  const optimizer = new Optimizer(model.trainable(), trainConfig());
  const features = await randomFeatures(config, 2);
  for (const step of [0, 1])
    await trainStep(
      model,
      optimizer,
      features,
      seededTraining(config, { seed: 1, random: 2 }, step),
      1e-2,
      5,
    );
  optimizer.dispose();
  tf.dispose(features);
  return model;
}

describe('a model file', () => {
  beforeAll(() => use('wasm'));

  test('gives bit-identical weights and maps when loaded', async () => {
    const model = await trained();
    const bytes = await saveModel(model, INFO);
    const { model: again, info } = loadModel(bytes, 'file');
    expect(info).toEqual(INFO);
    expect(again.config).toEqual(model.config);
    expect([...(await again.stateDict())]).toEqual([...(await model.stateDict())]);
    const images = randomTensor<tf.Tensor4D>('images', [2, 64, 64, 3]);
    const [want, got] = [await detect(model, images), await detect(again, images)];
    expect(got).toEqual(want);
    expect(want.maps.map((map) => map.length)).toEqual([4096, 4096]);
    expect(want.scores.every((score) => score > 0)).toBe(true);
    expect(await saveModel(again, info)).toEqual(bytes);
  });

  test('a picture’s map does not depend on the other pictures of its batch', async () => {
    const model = await trained();
    const images = randomTensor<tf.Tensor4D>('images', [3, 64, 64, 3]);
    const together = await detect(model, images);
    const alone = await detect(model, tf.slice(images, [1, 0, 0, 0], [1, 64, 64, 3]));
    const largest = Math.max(...alone.maps[0]!);
    const apart = Math.max(...alone.maps[0]!.map((v, i) => Math.abs(v - together.maps[1]![i]!)));
    expect(apart).toBeLessThan(1e-4 * largest);
  });
});

describe.each(BACKENDS)('a model on %s', (backend) => {
  beforeAll(() => use(backend));

  test('detection leaks no tensor, and dispose frees the model', async () => {
    const weights = await encoderWeights();
    const images = randomTensor<tf.Tensor4D>('images', [1, 64, 64, 3]);
    const before = tf.memory().numTensors;
    const model = PyramidMamba.create(smallConfig(), weights, { seed: 3, random: 2 });
    await detect(model, images);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a model', () => {
  beforeAll(() => use('cpu'));

  test('depends only on the seed, not on the order in which parameters are created', async () => {
    const state = async (seed: number, lec: boolean) => {
      const config = smallConfig();
      config.decoder.lec = lec;
      return PyramidMamba.create(config, await encoderWeights(), { seed, random: 2 }).stateDict();
    };
    const [a, b, c] = [await state(1, true), await state(1, false), await state(2, true)];
    expect([...(await state(1, true))]).toEqual([...a]);
    const name = 'net_s.layers_up.1.blocks.0.smm_blocks.1.self_attention.in_proj.weight';
    expect(b.get(name)).toEqual(a.get(name));
    expect(c.get(name)).not.toEqual(a.get(name));
  });

  test('starts from the distributions of the authors’ code', async () => {
    const config = smallConfig();
    config.encoder.width = 16;
    const state = await PyramidMamba.create(config, await encoderWeights(config), {
      seed: 1,
      random: 2,
    }).stateDict();
    const block = 'net_s.layers_up.0.blocks.0.';
    const ssm = `${block}smm_blocks.0.self_attention.`;
    const data = (name: string): number[] => Array.from(state.get(name)!.data);
    const deviation = (name: string): number =>
      Math.sqrt(data(name).reduce((s, x) => s + x * x, 0) / data(name).length);
    const largest = (name: string): number => Math.max(...data(name).map(Math.abs));
    const c = 128;
    expect(deviation(`${ssm}in_proj.weight`)).toBeCloseTo(0.02, 3);
    expect(deviation(`${ssm}out_proj.weight`)).toBeCloseTo(0.02, 3);
    expect(deviation('net_s.layers_up.1.upsample.expand.weight')).toBeCloseTo(0.02, 3);
    expect(deviation(`${ssm}conv2d.weight`)).toBeCloseTo(Math.sqrt(2 / 9), 1);
    expect(deviation(`${block}conv55.0.weight`)).toBeCloseTo(Math.sqrt(2 / 25), 1);
    expect(deviation(`${block}conv77.0.weight`)).toBeCloseTo(Math.sqrt(2 / 49), 1);
    expect(deviation(`${block}finalconv11.weight`)).toBeCloseTo(Math.sqrt(2 / c), 2);
    expect(deviation('mff_oce.conv1.weight')).toBeCloseTo(Math.sqrt(2 / (32 * 9)), 2);
    expect(largest(`${ssm}x_proj_weight`)).toBeLessThanOrEqual((2 * c) ** -0.5);
    expect(largest(`${ssm}x_proj_weight`)).toBeGreaterThan(0.99 * (2 * c) ** -0.5);
    expect(largest(`${ssm}dt_projs_weight`)).toBeLessThanOrEqual(8 ** -0.5);
    expect(largest('mff_oce.conv21.bias')).toBeLessThanOrEqual(32 ** -0.5);
    const steps = data(`${ssm}dt_projs_bias`).map((x) => Math.log1p(Math.exp(x)));
    expect(Math.min(...steps)).toBeGreaterThan(0.99e-3);
    expect(Math.max(...steps)).toBeLessThan(1.01e-1);
    const logs = steps.map((x) => Math.log10(x));
    expect(logs.reduce((a, b) => a + b, 0) / logs.length).toBeCloseTo(-2, 1);
    expect(data(`${ssm}A_logs`).slice(0, 5)).toEqual(
      [0, 2, 3, 4, 1].map((n) => (n > 1 ? Math.fround(Math.log(n)) : 0)),
    );
    expect(new Set(data(`${ssm}Ds`))).toEqual(new Set([1]));
    for (const zero of ['conv1a5.0.bias', 'finalconv11.bias', 'smm_blocks.0.ln_1.bias'])
      expect(new Set(data(block + zero)), zero).toEqual(new Set([0]));
    expect(state.get(`${ssm}x_proj_weight`)!.shape).toEqual([4, 8 + 2 * 4, 2 * c]);
  });

  test('rejects an invalid configuration', async () => {
    const config = { ...smallConfig(), inputSize: 63 };
    const weights = await encoderWeights();
    expect(() => PyramidMamba.create(config, weights, { seed: 1, random: 2 })).toThrow(/inputSize/);
  });

  test('rejects encoder weights of another network', async () => {
    const weights = await encoderWeights();
    expect(() => createEncoder({ arch: 'resnet34', width: 8 }, weights)).toThrow(/missing/);
  });

  test('loads its own state dict, and no part of an invalid one', async () => {
    const weights = await encoderWeights();
    const [model, other] = [1, 2].map((seed) =>
      PyramidMamba.create(smallConfig(), weights, { seed, random: 2 }),
    ) as [PyramidMamba, PyramidMamba];
    const state = hostTensors(await other.stateDict());
    const bad = new Map(state);
    bad.delete('mff_oce.bnf.running_var');
    const before = copies(model.trainable());
    expect(() => model.loadStateDict(bad, 'file')).toThrow(FormatError);
    expect(() => model.loadStateDict(bad, 'file')).toThrow(/file.*mff_oce\.bnf\.running_var/);
    expect(copies(model.trainable())).toEqual(before);
    model.loadStateDict(state, 'file');
    expect([...(await model.stateDict())]).toEqual([...(await other.stateDict())]);
  });
});

describe('an invalid model file is rejected with the reason:', () => {
  type Parts = ReturnType<typeof readSafetensors>;
  let whole: Uint8Array;
  beforeAll(async () => {
    await use('cpu');
    whole = await saveModel(
      PyramidMamba.create(smallConfig(), await encoderWeights(), { seed: 1, random: 2 }),
      INFO,
    );
  });
  const changedConfig = (metadata: Record<string, string>, change: (config: ModelConfig) => void): string => {
    const config = JSON.parse(metadata['config']!) as ModelConfig;
    change(config);
    return (metadata['config'] = JSON.stringify(config));
  };

  test.each<[string, (parts: Parts) => unknown]>([
    ['no format', ({ metadata }) => delete metadata['format']],
    ['another version', ({ metadata }) => (metadata['version'] = '3')],
    ['no configuration', ({ metadata }) => delete metadata['config']],
    ['a configuration that is not JSON', ({ metadata }) => (metadata['config'] = '{')],
    [
      'a configuration with an unknown key',
      ({ metadata }) => changedConfig(metadata, (c) => Object.assign(c, { x: 1 })),
    ],
    [
      'a configuration of another width',
      ({ metadata }) => changedConfig(metadata, (c) => (c.encoder.width = 16)),
    ],
    [
      'a configuration of another architecture',
      ({ metadata }) => changedConfig(metadata, (c) => (c.encoder.arch = 'resnet34')),
    ],
    [
      'a configuration of other depths',
      ({ metadata }) => changedConfig(metadata, (c) => (c.decoder.depths[1] = 4)),
    ],
    [
      'a configuration without the local branch',
      ({ metadata }) => changedConfig(metadata, (c) => (c.decoder.lec = false)),
    ],
    [
      'a configuration of a huge width',
      ({ metadata }) => changedConfig(metadata, (c) => (c.encoder.width = 1e9)),
    ],
    [
      'no encoder',
      ({ tensors }) => tensors.forEach((_, name) => name.startsWith('net_t.') && tensors.delete(name)),
    ],
    ['a missing parameter', ({ tensors }) => tensors.delete('net_s.layers_up.3.upsample.norm.bias')],
    [
      'a parameter of another shape',
      ({ tensors }) => tensors.set('mff_oce.bn1.weight', hostTensor([4, 4], new Float32Array(16))),
    ],
    ['a parameter that is NaN', ({ tensors }) => (tensors.get('mff_oce.convf.bias')!.data[0] = NaN)],
  ])('%s', (_, spoil) => {
    const parts = readSafetensors(whole, 'file');
    spoil(parts);
    const bytes = writeSafetensors(parts.tensors, parts.metadata);
    const before = tf.memory().numTensors;
    const load = (): unknown => loadModel(bytes, 'broken.safetensors');
    expect(load).toThrow(FormatError);
    expect(load).toThrow(/^broken\.safetensors/);
    expect(tf.memory().numTensors, 'leaked tensors').toBe(before);
  });

  test('cut short anywhere', () => {
    for (const share of [0, 0.001, 0.5, 0.999])
      expect(() => loadModel(whole.subarray(0, Math.floor(whole.length * share)), 'cut.safetensors')).toThrow(
        FormatError,
      );
  });
});
