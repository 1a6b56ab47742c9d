// Encoders computed by onnxruntime: the features of the reference, whatever the shape, the batch and the number of threads.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  copyOf,
  createEncoder,
  detectorFrom,
  encoderFingerprint,
  familyOf,
  judge,
  methodOf,
  seededEncoderWeights,
  useEncoderEngine,
  type EncoderConfig,
  type EncoderEngine,
  type EncoderWeights,
  type Features,
} from '../../src/index.js';
import { boundRuntime, nativeEngine, NativeEncoder, RUNTIME } from '../../src/node/index.js';
import { expectClose, numbers, randomTensor, use } from '../kit.js';
import { learn } from '../registry/learn.js';
import { ENCODERS, METHODS } from '../registry/samples.js';

/** Of the largest value: float32 sums of a few thousand products in another order. */
const TOLERANCE = 2e-5;
const seed = { seed: 1, random: 2 } as const;

/** Why onnxruntime cannot run here; undefined where it can. */
const refused = ((): string | undefined => {
  try {
    boundRuntime();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();
if (refused !== undefined && process.env['REQUIRE_BACKENDS']?.includes('onnx'))
  throw new Error(`the native encoder is required here: ${refused}`);
if (refused !== undefined) console.warn(`skipped: the native encoder, because ${refused}`);

beforeAll(() => use('wasm'));
afterEach(() => useEncoderEngine(undefined));

async function weightsOf(config: EncoderConfig): Promise<EncoderWeights> {
  if (familyOf(config).seeded) return seededEncoderWeights(config, seed);
  const fan = (shape: readonly number[]) => Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
  return new Map(
    familyOf(config)
      .tensors(config)
      .map(({ name, shape }) => {
        const data = numbers(
          name,
          shape.reduce((a, b) => a * b, 1),
        ).map((v) => v / fan(shape));
        return [name, { shape: [...shape], data }];
      }),
  );
}

const valuesOf = (features: Features): Float32Array[] => {
  const values = features.map((f) => f.dataSync<'float32'>());
  tf.dispose(features);
  return values;
};

describe.skipIf(refused !== undefined)('the native encoder', () => {
  let engine: EncoderEngine;
  beforeAll(async () => {
    engine = await nativeEngine({ threads: 1 });
  });

  const cases: [string, EncoderConfig, [number, number, number]][] = Object.values(ENCODERS)
    .flat()
    .flatMap((config): [string, EncoderConfig, [number, number, number]][] => [
      [`${config.arch}, a square`, config, [1, 64, 64]],
      [`${config.arch}, three pictures of 64×96`, config, [3, 64, 96]],
    ]);

  test.each(cases)('gives the features of the reference: %s', async (_, config, [b, h, w]) => {
    const weights = await weightsOf(config);
    const images = randomTensor<tf.Tensor4D>('pictures', [b, h, w, 3]);
    const [own, native] = [createEncoder(config, weights), engine.create(config, weights)];
    const [want, got] = [own.encode(images), native.encode(images)];
    expect(got.map((f) => f.shape)).toEqual(want.map((f) => f.shape));
    const [one, other] = [await own.prototype(want), await native.prototype(got)];
    for (const [i, mean] of one.entries()) expectClose('prototype', other[i]!, mean, TOLERANCE);
    const expected = valuesOf(want);
    for (const [level, values] of valuesOf(got).entries())
      expectClose(`level ${level}`, values, expected[level]!, TOLERANCE);
    const facts = ({ family, id, channels, strides, inputMultiple, preprocessing }: typeof own) => ({
      family,
      id,
      channels,
      strides,
      inputMultiple,
      preprocessing,
    });
    expect(facts(native)).toEqual(facts(own));
    expect(encoderFingerprint(native.weights)).toBe(encoderFingerprint(own.weights));
    tf.dispose(images);
    own.dispose();
    native.dispose();
  });

  test('gives the same bits with one, two and five threads, and for a picture alone and in a batch', async () => {
    for (const config of [ENCODERS['resnet']![0]!, ENCODERS['resnet']![3]!, ENCODERS['vit']![0]!]) {
      const weights = await weightsOf(config);
      const images = randomTensor<tf.Tensor4D>('pictures', [2, 128, 96, 3]);
      const found: Float32Array[][] = [];
      for (const threads of [1, 2, 5]) {
        const encoder = (await nativeEngine({ threads })).create(config, weights);
        found.push(valuesOf(encoder.encode(images)));
        encoder.dispose();
      }
      expect(found[1]).toEqual(found[0]);
      expect(found[2]).toEqual(found[0]);
      const encoder = engine.create(config, weights);
      const second = tf.slice(images, [1, 0, 0, 0], [1, 128, 96, 3]);
      for (const [level, values] of valuesOf(encoder.encode(second)).entries())
        expect(values).toEqual(found[0]![level]!.slice(values.length));
      encoder.dispose();
      tf.dispose([images, second]);
    }
  });

  test('leaves no tensors, follows the size of pictures, and says when it was disposed of', async () => {
    const config = ENCODERS['vit']![0]!;
    const before = tf.memory().numTensors;
    const encoder = engine.create(config, await weightsOf(config));
    expect(encoder).toBeInstanceOf(NativeEncoder);
    const first: Float32Array[][] = [];
    for (const [h, w] of [
      [64, 64],
      [64, 96],
      [96, 64],
      [64, 64],
    ] as const) {
      const images = randomTensor<tf.Tensor4D>('pictures', [1, h, w, 3]);
      first.push(valuesOf(encoder.encode(images)));
      images.dispose();
    }
    expect(first[3]).toEqual(first[0]);
    encoder.dispose();
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const images = randomTensor<tf.Tensor4D>('pictures', [1, 64, 64, 3]);
    expect(() => encoder.encode(images)).toThrow('disposed');
    images.dispose();
  });

  test('refuses weights that lack a tensor', async () => {
    const config = ENCODERS['resnet']![0]!;
    const weights = new Map(await weightsOf(config));
    weights.delete('layer2.0.conv1.bias');
    expect(() => engine.create(config, weights)).toThrow('layer2.0.conv1.bias');
  });

  test.each(Object.keys(METHODS))('%s scores pictures as with the other encoder', async (name) => {
    const config = METHODS[name]!;
    const weights = await weightsOf(config.encoder);
    const images = randomTensor<tf.Tensor4D>('judged', [2, 64, 64, 3]);
    const own = methodOf(config).create(config, weights, seed);
    await learn(own, randomTensor<tf.Tensor4D>('training', [2, 64, 64, 3]));
    const copy = await copyOf(own);
    const want = await judge(own, images);
    useEncoderEngine(engine);
    const native = detectorFrom(copy);
    expect(native.encoder).toBeInstanceOf(NativeEncoder);
    for (const [i, { score, map }] of (await judge(native, images)).entries()) {
      expect(Math.abs(score - want[i]!.score)).toBeLessThanOrEqual(1e-5 * Math.max(1e-3, want[i]!.score));
      expectClose(`map ${i}`, map, want[i]!.map, 1e-4);
    }
    own.dispose();
    native.dispose();
    images.dispose();
  });
});

test('without onnxruntime-node a sentence names the package', () => {
  expect(() => boundRuntime(() => undefined)).toThrow('`npm install onnxruntime-node`');
});

test('an onnxruntime-node of another form is refused with the version to install', () => {
  const found = (module: string) =>
    module === RUNTIME ? { env: { versions: { node: '9.0.0' } } } : { binding: {} };
  expect(() => boundRuntime(found)).toThrow('onnxruntime-node 9.0.0 lacks');
});

test('an onnxruntime-node that does not load says why', () => {
  const broken = () => {
    throw new Error('libonnxruntime.so.1: cannot open shared object file\nmore');
  };
  expect(() => boundRuntime(broken)).toThrow('does not load here: libonnxruntime.so.1');
});
