// Pyramid-Mamba on features of one resolution, those of a vision transformer.
import { SCAN_DIRECTIONS, SCAN_ORDERS } from '@pyramid-mamba/ssm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  detectorConfigSchema,
  familyOf,
  FormatError,
  inputOf,
  methodOf,
  ParameterStore,
  presets,
  PyramidMamba,
  reconstructionLoss,
  seededEncoderWeights,
  TrainingSession,
  withEncoder,
  withInput,
  type DetectorConfig,
  type Features,
  type HostArray,
  type ModelConfig,
  type PatchCoreConfig,
  type TrainingContext,
  type VitConfig,
} from '../../../src/index.js';
import { buildStudent } from '../../../src/methods/pyramid-mamba/model.js';
import { BACKENDS, numbers, randomTensor, smallConfig, trainConfig, use } from '../../kit.js';
import { ENCODERS } from '../../registry/samples.js';

const SEED = { seed: 1, random: 2 } as const;
const vit = ENCODERS['vit']![0] as VitConfig;
const config: ModelConfig = { ...smallConfig(), encoder: vit };
const QUIET: TrainingContext = {
  noise: () => null,
  dropPathKeep: (batch) => tf.ones([batch]),
  dropout: (shape) => tf.ones(shape),
};

/** A narrow encoder of as many levels as given, for tests without it. */
const narrow = (levels: number, width = 4): VitConfig => ({
  ...vit,
  width,
  depth: levels,
  levels: Array.from({ length: levels }, (_, i) => [i, i]),
});

/** Fusion and decoder of a flat encoder, every parameter of some size so that each has an effect. */
function student(encoder: VitConfig, change: Partial<ModelConfig['decoder']> = {}) {
  const own: ModelConfig = {
    ...config,
    encoder,
    mff: { bottlenecks: 1, noiseStd: 0 },
    decoder: { ...config.decoder, depths: [2, 2, 2, 2], dState: 2, dropPath: 0, ...change },
  };
  const store = new ParameterStore((name, shape, init) => {
    if (/(A_logs|Ds|running_\w+)$/.test(name))
      return init({ uniform: () => 0.5, normals: (count) => new Float32Array(count) }, shape);
    const values = numbers(name, tf.util.sizeFromShape([...shape]));
    if (name.endsWith('dt_projs_bias')) return values.map((x) => x - 4);
    const isNorm = /(norm|ln_1|bn\w*|\.1)\.weight$/.test(name);
    return values.map((x) => (isNorm ? 1 + 0.2 * x : 0.5 * x));
  });
  return { store, rebuild: buildStudent(own)(store, familyOf(encoder).contract(encoder)) };
}

const levelsOf = (count: number, shape: readonly [number, number, number, number]): Features =>
  Array.from({ length: count }, (_, i) => randomTensor<tf.Tensor4D>(`level ${i}`, shape));

describe('the form follows the encoder', () => {
  beforeAll(() => use('wasm'));

  test('a vision transformer has one lateral per level and no step that changes the map’s size', () => {
    const names = methodOf(config)
      .tensors(config)
      .map(({ name }) => name);
    expect(names.filter((name) => /^mff_oce\.conv\w+\.weight$/.test(name))).toEqual(
      ['11', '21', 'f'].map((name) => `mff_oce.conv${name}.weight`),
    );
    expect(names.filter((name) => /upsample|downsample/.test(name))).toEqual([]);
    const shapes = new Map(
      methodOf(config)
        .tensors(config)
        .map(({ name, shape }) => [name, shape]),
    );
    for (const stage of [0, 1, 2, 3])
      expect(shapes.get(`net_s.layers_up.${stage}.blocks.0.finalconv11.weight`)).toEqual([64, 192, 1, 1]);
  });

  test('a ResNet keeps the paper’s form', () => {
    const names = methodOf(smallConfig())
      .tensors(smallConfig())
      .map(({ name }) => name);
    expect(names).toContain('mff_oce.conv1.weight');
    expect(names).not.toContain('mff_oce.conv11.weight');
    expect(names.filter((name) => /upsample\.expand/.test(name)).length).toBe(3);
  });

  test.each([1, 2, 3, 4])('%i levels are rebuilt by as many stages, the first by the last stage', (count) => {
    const { store, rebuild } = student(narrow(count));
    const levels = levelsOf(count, [1, 2, 4, 4]);
    const { grads } = tf.variableGrads(
      () => tf.sum(rebuild(levels)[0]!),
      [...store.trainable.values()].map(({ variable }) => variable),
    );
    expect(rebuild(levels).map(({ shape }) => shape)).toEqual(levels.map(({ shape }) => shape));
    const last = tf.variableGrads(
      () => tf.sum(rebuild(levels).at(-1)!),
      [...store.trainable.values()].map(({ variable }) => variable),
    ).grads;
    const reaches = (found: tf.NamedTensorMap, stage: number): boolean => {
      const { variable } = store.trainable.get(`net_s.layers_up.${stage}.blocks.0.finalconv11.weight`)!;
      return found[variable.name]?.dataSync().some((value) => value !== 0) === true;
    };
    // the coarsest level does not hear of the stages after its own
    const stages = [0, 1, 2, 3];
    expect(stages.filter((stage) => reaches(grads, stage))).toEqual(stages);
    expect(stages.filter((stage) => reaches(last, stage))).toEqual(stages.slice(0, 5 - count));
  });

  test('five levels are refused with what to do', () => {
    expect(() => student(narrow(5))).toThrow(FormatError);
    expect(() => student(narrow(5))).toThrow(/4 stages rebuild a level each, but .* has 5 levels; join/);
  });

  test('its scores end at two divided by its levels, those of a ResNet at 2/3', () => {
    const largest = (of: DetectorConfig) => methodOf(of).largestScore(of);
    expect([largest(smallConfig()), largest(config)]).toEqual([2 / 3, 1]);
    expect(largest({ ...config, encoder: narrow(4) })).toBe(0.5);
  });
});

describe('the configuration on another encoder', () => {
  const dino: VitConfig = { ...vit, patch: 14, width: 384, heads: 6, depth: 12, hidden: 1536, grid: 37 };

  test('has the nearest input that the encoder sees, and one that fits stays', () => {
    const { tiny } = presets;
    const on = (encoder: VitConfig, size = 256) =>
      inputOf(withEncoder({ ...tiny.model, inputSize: size }, encoder)).height;
    expect(on(dino)).toBe(252);
    expect(on(dino, 392)).toBe(392);
    expect(on(dino, 10)).toBe(28);
    expect(on({ ...dino, patch: 16 })).toBe(256);
    const oblong = withInput(tiny.model, { height: 256, width: 512, fit: 'pad' });
    expect(inputOf(withEncoder(oblong, dino))).toEqual({ height: 252, width: 504, fit: 'pad' });
    expect(withEncoder(tiny.model, { arch: 'resnet34', width: 64 })).toEqual({
      ...tiny.model,
      encoder: { arch: 'resnet34', width: 64 },
    });
  });

  test('is refused where a side is no whole number of patches', () => {
    const valid = (inputSize: number) =>
      detectorConfigSchema.safeParse({ ...config, inputSize, encoder: dino }).success;
    expect([224, 252, 256, 266].map(valid)).toEqual([true, true, false, true]);
    expect(methodOf(config).inputMultiple({ ...config, encoder: dino })).toBe(28);
    const grids = { ...config, decoder: { ...config.decoder, grids: [1, 2, 4] }, encoder: dino };
    expect(methodOf(grids).inputMultiple(grids)).toBe(56);
  });

  test('of PatchCore reads the last levels of an encoder that lacks the chosen ones', () => {
    const bank = methodOf({ method: 'patchcore' }).presets['patchcore']!.model as PatchCoreConfig;
    expect(bank.levels).toEqual([1, 2]);
    expect(withEncoder(bank, dino).levels).toEqual([0, 1]);
    expect(withEncoder(bank, narrow(1)).levels).toEqual([0]);
    expect(withEncoder(bank, narrow(4)).levels).toEqual([1, 2]);
    expect(withEncoder(bank, { arch: 'resnet50', width: 64 }).levels).toEqual([1, 2]);
  });
});

describe.each(BACKENDS)('the flat network on %s', (backend) => {
  beforeAll(() => use(backend));

  test.each<[string, Partial<ModelConfig['decoder']>]>([
    ['four sweeps, grids 1 and 2', {}],
    ['Hilbert’s curve in eight directions', { scanOrder: 'hilbert', directions: 8 }],
  ])('has gradients equal to finite differences, on a map that is not square: %s', (_, change) => {
    const { store, rebuild } = student(narrow(2), change);
    const levels = levelsOf(2, [2, 2, 4, 4]);
    const loss = (): tf.Scalar => reconstructionLoss(levels, rebuild(levels, QUIET));
    // the stages in between are built as the others
    const list = [...store.trainable].filter(([name]) => !/layers_up\.[12]/.test(name));
    const { grads } = tf.variableGrads(
      loss,
      list.map(([, { variable }]) => variable),
    );
    const gradient = (variable: tf.Variable) => grads[variable.name]!.dataSync();
    const largest = Math.max(...list.map(([, p]) => Math.max(...gradient(p.variable).map(Math.abs))));
    const wrong = list.flatMap(([name, { variable }]) => {
      const values = variable.dataSync().slice();
      const at = Math.floor(values.length / 2);
      const step = 2e-3;
      const [up, down] = [step, -step].map((by) => {
        const moved = values.slice();
        moved[at]! += by;
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return tf.tidy(() => loss().dataSync()[0]!);
      }) as [number, number];
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
      const numeric = (up - down) / (2 * step);
      const own = gradient(variable)[at]!;
      const off = Math.abs(own - numeric);
      return off < 0.03 * Math.abs(numeric) + 2e-3 * largest ? [] : [{ name, own, numeric }];
    });
    expect(wrong).toEqual([]);
    tf.dispose([...levels, ...Object.values(grads)]);
    store.dispose();
  });

  test('scans its map along every curve, in every number of directions and pyramid, each with another result', () => {
    const levels = levelsOf(2, [1, 4, 4, 4]);
    const outputOf = (change: Partial<ModelConfig['decoder']>): Float32Array => {
      const { store, rebuild } = student(narrow(2), change);
      const output = tf.tidy(() => rebuild(levels)[0]!.dataSync<'float32'>().slice());
      store.dispose();
      return output;
    };
    const changes: Partial<ModelConfig['decoder']>[] = [
      ...SCAN_ORDERS.map((scanOrder) => ({ scanOrder })),
      ...SCAN_DIRECTIONS.map((directions) => ({ scanOrder: 'hilbert' as const, directions })),
      ...[[1], [1, 2, 4]].map((grids) => ({ grids })),
    ];
    const outputs = changes.map(outputOf);
    const alike = outputs.flatMap((one, i) =>
      outputs.slice(0, i).flatMap((other, j) => {
        const apart = Math.max(...one.map((value, at) => Math.abs(value - other[at]!)));
        return apart > 1e-4 ? [] : [[changes[j], changes[i]]];
      }),
    );
    // Hilbert's curve in four directions is in both lists
    expect(alike).toEqual([[{ scanOrder: 'hilbert' }, { scanOrder: 'hilbert', directions: 4 }]]);
  });
});

test('a training that was interrupted ends with the same bits as one that was not', async () => {
  await use('wasm');
  const weights = await seededEncoderWeights(vit, SEED);
  const train = { ...trainConfig(), epochs: 4, dropAt: 1 };
  const sessionWith = (kept: { bytes?: Uint8Array }) => {
    const checkpoints = {
      where: 'the checkpoint',
      read: () => Promise.resolve(kept.bytes),
      write: (bytes: Uint8Array) => Promise.resolve(void (kept.bytes = bytes)),
    };
    const session = new TrainingSession({ config, encoder: weights, train, checkpoints });
    const batches = {
      count: 2,
      // eslint-disable-next-line @typescript-eslint/require-await
      batch: async (indices: readonly number[]) =>
        tf.tidy(() => {
          const all = indices.map((i) => randomTensor<tf.Tensor4D>(`picture ${i}`, [1, 64, 64, 3]));
          return session.detector.encode(tf.concat(all));
        }),
    };
    const losses: number[] = [];
    const learn = (maxSteps?: number) =>
      session.learn({
        batches,
        order: () => [[0, 1]],
        hear: (event) => void (event.kind === 'step' && losses.push(event.loss)),
        ...(maxSteps !== undefined && { maxSteps }),
      });
    return { session, learn, losses };
  };
  const whole = sessionWith({});
  await whole.learn();
  const kept = {};
  const first = sessionWith(kept);
  await first.learn(2);
  const second = sessionWith(kept);
  expect(await second.session.restore()).toBe(true);
  await second.learn();
  expect([...first.losses, ...second.losses]).toEqual(whole.losses);
  const bits = async ({ session }: typeof whole): Promise<[string, HostArray][]> => [
    ...(await session.detector.stateDict()),
  ];
  expect(await bits(second)).toEqual(await bits(whole));
  expect(whole.session.detector).toBeInstanceOf(PyramidMamba);
  for (const { session } of [whole, first, second]) session.dispose();
});
