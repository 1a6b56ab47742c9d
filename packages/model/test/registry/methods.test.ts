import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  allMethods,
  detectorConfigSchema,
  FormatError,
  inputOf,
  isBankDetector,
  isGradientDetector,
  judge,
  loadModel,
  methodOf,
  readModelInfo,
  readSafetensors,
  registerMethod,
  saveModel,
  seededEncoderWeights,
  withEncoder,
  withModelInfo,
  writeSafetensors,
  type ClassSelfTest,
  type Detector,
  type DetectorConfig,
  type HostArray,
  type ModelInfo,
} from '../../src/index.js';
import { randomTensor, use } from '../kit.js';
import { learn } from './learn.js';
import { ENCODERS, METHODS } from './samples.js';

const seed = { seed: 1, random: 2 } as const;

/** Names, shapes and a hash of the numbers: quicker to compare than a million of them one by one. */
const bits = (tensors: ReadonlyMap<string, HostArray>) =>
  [...tensors].map(([name, { shape, data }]) => ({
    name,
    shape,
    hash: createHash('sha256').update(data).digest('hex'),
  }));

const SELF_TEST: ClassSelfTest = {
  passed: true,
  rule: 'it finds what it is shown',
  figure: 0.9,
  good: { pictures: 10, refused: 1, toReview: 1, refusedInterval: [0.02, 0.4] },
  drawn: { drawn: 2, found: 1, placed: 1, foundInterval: [0.1, 0.9] },
  clear: { drawn: 1, found: 1, placed: 1 },
  byKind: { spot: { drawn: 2, found: 1, placed: 1 } },
  bySize: [{ size: 0.1, drawn: 2, found: 1, placed: 1 }],
  byContrast: [{ contrast: 2, drawn: 2, found: 1, placed: 1 }],
  smallest: { size: 0.1, pixels: 26, side: 256 },
  drawing: 1,
  examples: [
    {
      picture: 'a.png',
      kind: 'spot',
      size: 0.1,
      contrast: 2,
      seed: '1/0',
      width: 256,
      height: 256,
      found: true,
      placed: true,
    },
  ],
};

const info = (inputSize: number): ModelInfo => ({
  classes: ['tile'],
  preprocessing: { inputSize, resize: 'bilinear-antialias', normalize: 'imagenet' },
});

test('a method that is not registered is refused with the ones that are', () => {
  expect(() => methodOf({ method: 'none' })).toThrow(FormatError);
  expect(() => methodOf({ method: 'none' })).toThrow(/method "none".*pyramid-mamba/);
  const issue = detectorConfigSchema.safeParse({ method: 'none' }).error!.issues[0]!;
  expect(issue).toMatchObject({ path: ['method'], message: expect.stringMatching(/none/) });
});

test('absent names mean Pyramid-Mamba on a ResNet', () => {
  expect(methodOf({}).name).toBe('pyramid-mamba');
  const { method, encoder, ...rest } = METHODS['pyramid-mamba']!;
  expect(method).toBeDefined();
  const { family, ...unnamed } = { family: 'resnet', ...encoder };
  expect(family).toBe('resnet');
  expect(detectorConfigSchema.parse({ ...rest, encoder: unnamed })).toEqual({ ...rest, encoder: unnamed });
});

test('a name is registered once', () => {
  const [first] = allMethods();
  expect(() => registerMethod(first!)).not.toThrow();
  expect(() => registerMethod({ ...first! })).toThrow(/registered already/);
});

describe.each(allMethods().map((method) => ({ name: method.name, method })))(
  'the method $name',
  ({ method }) => {
    test('has presets that its schema and its own limits accept', () => {
      const presets = Object.values(method.presets);
      expect(presets.length).toBeGreaterThan(0);
      for (const { model, description } of presets) {
        expect(description.length).toBeGreaterThan(0);
        expect(detectorConfigSchema.parse(model)).toEqual(model);
        expect(methodOf(model)).toBe(method);
        const { height, width } = inputOf(model);
        expect([height, width].map((side) => side % method.inputMultiple(model))).toEqual([0, 0]);
        for (const { what, value, most } of method.extents(model))
          expect(value, what).toBeLessThanOrEqual(most);
      }
    });
  },
);

const encoders = Object.values(ENCODERS).flat();
const pairs = Object.values(METHODS).flatMap((config) =>
  encoders.map((encoder) => ({
    name: `${config.method} on ${encoder.arch}`,
    config: withEncoder(config, encoder),
  })),
);

/** Why a method refuses an encoder of other levels than it needs, or undefined. */
function refusal(config: DetectorConfig): string | undefined {
  try {
    methodOf(config).tensors(config);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
}
const [suited, refused] = [
  pairs.filter(({ config }) => refusal(config) === undefined),
  pairs.filter(({ config }) => refusal(config) !== undefined),
];

const bySteps = Object.values(METHODS).filter((config) => methodOf(config).learns === 'steps');
const transformer = withEncoder(METHODS['pyramid-mamba']!, ENCODERS['vit']![0]!);
test.each(
  [...bySteps, transformer].map((config) => ({
    name: `${config.method} on ${config.encoder.arch}`,
    config,
  })),
)('the loss of $name falls, and all of its weights change', async ({ config }) => {
  await use('wasm');
  const weights = await seededEncoderWeights(config.encoder, seed);
  const detector = methodOf(config).create(config, weights, seed);
  const side = inputOf(config).width;
  const before = bits(await detector.stateDict());
  const images = randomTensor<tf.Tensor4D>('training', [2, side, side, 3]);
  const losses = await learn(detector, images, { steps: 12 });
  expect(losses.length).toBe(12);
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  const after = bits(await detector.stateDict());
  expect(after.filter(({ hash }, i) => hash === before[i]!.hash).map(({ name }) => name)).toEqual([]);
  detector.dispose();
});

test.each(refused)(
  '$name: refused with what the method needs and what the encoder has',
  async ({ config }) => {
    expect(config.encoder.family).toBe('vit');
    await use('wasm');
    const weights = await seededEncoderWeights(config.encoder, seed);
    const before = tf.memory().numTensors;
    const create = () => methodOf(config).create(config, weights, seed);
    expect(create).toThrow(FormatError);
    expect(create).toThrow(/three levels|encoder has the levels/);
    expect(tf.memory().numTensors).toBe(before);
  },
);

describe.each(suited)('$name', ({ config }: { config: DetectorConfig }) => {
  const method = methodOf(config);
  const size = inputOf(config).width;
  let detector: Detector;
  let images: tf.Tensor4D;
  beforeAll(async () => {
    await use('wasm');
    const weights = await seededEncoderWeights(config.encoder, seed);
    detector = method.create(config, weights, seed);
    images = randomTensor<tf.Tensor4D>('pictures', [2, size, size, 3]);
    await learn(detector, randomTensor<tf.Tensor4D>('training', [2, size, size, 3]), { steps: 1 });
  });

  test('is a detector of the kind its method says, and keeps its names', () => {
    expect(detector.method).toBe(method.name);
    expect(detector.config).toMatchObject({ method: method.name, encoder: config.encoder });
    expect(isGradientDetector(detector)).toBe(method.learns === 'steps');
    expect(isBankDetector(detector)).toBe(method.learns === 'bank');
  });

  test('judges pictures: maps of the input size, scores within the method’s range, no tensor leaked', async () => {
    const { numTensors } = tf.memory();
    const judged = await judge(detector, images);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(judged.length).toBe(2);
    for (const { map, score, levels } of judged) {
      expect(map.length).toBe(size * size);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(method.largestScore(config));
      const again = method.fuse(levels, [size, size], config.map);
      expect(again.map).toEqual(map);
      expect(again.score).toBe(score);
      const oblong = method.fuse(levels, [size, 2 * size], config.map);
      expect(oblong.map.length).toBe(2 * size * size);
      const left = Uint8Array.from(map, (_, i) => Number(i % size < size / 2));
      const half = method.fuse(levels, [size, size], config.map, left);
      expect(half.map.every((value, i) => left[i] === 1 || value === 0)).toBe(true);
      expect(() => method.fuse(levels, [size, size], config.map, new Uint8Array(map.length))).toThrow(
        RangeError,
      );
    }
  });

  test('is saved with the listed tensors and both names, and loads bit-identical', async () => {
    const bytes = await saveModel(detector, info(size));
    const { tensors, metadata } = readSafetensors(bytes, 'model');
    expect(metadata).toMatchObject({ version: '2', method: method.name, encoder: detector.encoder.family });
    const own = [...tensors].filter(([name]) => !name.startsWith('net_t.'));
    const listed = new Map(method.tensors(config).map(({ name, shape }) => [name, shape]));
    expect(own.map(([name]) => name).sort()).toEqual([...listed.keys()].sort());
    for (const [name, { shape }] of own) {
      const wanted = listed.get(name)!;
      expect(
        wanted.map((n, i) => n ?? shape[i]),
        name,
      ).toEqual(shape);
    }
    const { model, info: read } = loadModel(bytes, 'model');
    expect(read).toEqual(info(size));
    expect(model.config).toEqual(detector.config);
    expect(bits(await model.stateDict())).toEqual(bits(await detector.stateDict()));
    const [before, after] = [await judge(detector, images), await judge(model, images)];
    expect(after).toEqual(before);
    expect(Buffer.compare(await saveModel(model, read), bytes)).toBe(0);
    model.dispose();
  });

  test('keeps a self-test in its file, and refuses a file whose names disagree', async () => {
    const bytes = await saveModel(detector, info(size));
    const tested = withModelInfo(bytes, 'model', (now) => ({ ...now, selfTest: { tile: SELF_TEST } }));
    expect(readModelInfo(tested, 'model').info.selfTest).toEqual({ tile: SELF_TEST });
    const { passed, ...without } = SELF_TEST;
    expect(passed).toBe(true);
    const broken = () =>
      withModelInfo(bytes, 'model', (now) => ({ ...now, selfTest: { tile: without as ClassSelfTest } }));
    expect(broken).toThrow(/selfTest.*passed/);
    const { tensors, metadata } = readSafetensors(bytes, 'model');
    const renamed = writeSafetensors(tensors, { ...metadata, method: 'none' });
    expect(() => readModelInfo(renamed, 'model')).toThrow(/^model: .*method "none".*restore/);
  });
});
