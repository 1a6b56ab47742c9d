import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { modelInput, pictureWays, type Sample } from '@pyramid-mamba/data';
import { readMvtec } from '@pyramid-mamba/data/node';
import {
  createEncoder,
  encoderWeightsFrom,
  featureLength,
  featureShapes,
  type Encoder,
} from '@pyramid-mamba/model';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { FEATURE_VERSIONS, FeatureCache, featureKey } from '../src/training/featureCache.js';
import { openFeatures } from '../src/training/features.js';
import { temporaryFolder, tinyDataset, tinyEncoderTensors } from './kit.js';

const SIZE = 32;
beforeAll(async () => void (await pickBackend('wasm')));

function tinyEncoder(): Encoder {
  const config = { arch: 'resnet18' as const, width: 8 };
  return createEncoder(config, encoderWeightsFrom(tinyEncoderTensors(), config, 'encoder'));
}

/** A uniform gray picture, `value`, that is slow to decode. */
function picture(value: number, log: string[], name = String(value)): Sample {
  return {
    id: name,
    className: 'gray',
    label: 0,
    defect: 'good',
    async load(input) {
      const size = modelInput(input).width;
      log.push(`decoding ${name}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return {
        image: { width: size, height: size, data: new Uint8Array(size * size * 3).fill(value) },
        mask: { width: size, height: size, data: new Uint8Array(size * size) },
      };
    },
    hash: () => Promise.resolve(`hash of ${value}`),
  };
}

async function open(values: readonly number[], folder: string, inputSize = SIZE) {
  const encoder = tinyEncoder();
  const log: string[] = [];
  const samples = values.map((value, i) => picture(value, log, `${i}: ${value}`));
  const hashes = await Promise.all(samples.map((sample) => sample.hash()));
  const cache = new FeatureCache(folder, featureLength(featureShapes(encoder, inputSize)));
  const features = await openFeatures({
    encoder,
    samples,
    hashes,
    input: modelInput(inputSize),
    cache,
    onPicture: (done, computed) => log.push(`done ${done}, computed ${computed}`),
  });
  return { features, log, cache };
}

test('the next pictures are decoded while one is encoded; a picture that occurs twice is encoded once', async () => {
  const { log } = await open([10, 20, 10, 30, 40, 50, 60], join(temporaryFolder(), 'cache'));
  const first = log.indexOf('done 1, computed 1');
  expect(log.slice(0, first).filter((line) => line.startsWith('decoding'))).toHaveLength(5);
  expect(log).toContain('done 3, computed 2');
  expect(log.at(-1)).toBe('done 7, computed 6');
});

test('the sizes of pictures are known, of cached ones once they are decoded', async () => {
  const folder = join(temporaryFolder(), 'cache');
  const cold = await open([10, 20], folder);
  const warm = await open([10, 20], folder);
  const size = { height: SIZE, width: SIZE };
  expect(await cold.features.sizes([1, 0])).toEqual([size, size]);
  expect(cold.log.filter((line) => line.startsWith('decoding'))).toHaveLength(2);
  expect(await warm.features.sizes([1])).toEqual([size]);
  expect(await warm.features.sizes([1])).toEqual([size]);
  expect(warm.log.filter((line) => line.startsWith('decoding'))).toEqual(['decoding 1: 20']);
});

test('cached features equal the computed ones, in the requested order; a missing file is recomputed', async () => {
  const folder = join(temporaryFolder(), 'cache');
  const cold = await open([10, 20, 30], folder);
  const warm = await open([10, 20, 30], folder);
  expect(warm.log.filter((line) => line.startsWith('decoding'))).toEqual([]);
  const values = async ({ features }: Awaited<ReturnType<typeof open>>, indices: number[]) => {
    const batch = await features.batch(indices);
    const found = await Promise.all(batch.map((level) => level.data()));
    tf.dispose(batch);
    return found;
  };
  const wanted = await values(cold, [2, 0]);
  expect(await values(warm, [2, 0])).toEqual(wanted);
  expect(await values(warm, [0, 2])).not.toEqual(wanted);
  rmSync(warm.cache.path('hash of 30'));
  expect(await values(warm, [2, 0])).toEqual(wanted);
  expect(warm.log).toContain('decoding 2: 30');
});

// a garbage collection on demand, so that retained memory can be measured
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heldBytes(): Promise<number> {
  // buffers are freed by another thread, after the collection that found them unused
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().arrayBuffers;
}

test('memory does not grow with the number of pictures: their features stay in the files', async () => {
  const pictures = 100;
  const folder = join(temporaryFolder(), 'cache');
  const values = Array.from({ length: pictures }, (_, i) => i);
  await open(values, folder, 96);
  const before = await heldBytes();
  const { features, cache } = await open(values, folder, 96);
  tf.dispose(await features.batch([0, 1, 2]));
  const held = (await heldBytes()) - before;
  expect(pictures * cache.length * 2).toBeGreaterThan(1.5e6);
  expect(held).toBeLessThan((pictures * cache.length * 2) / 4);
  expect(features.count).toBe(pictures);
});

test('a picture that changed after hashing is an error, not stored under its old hash', async () => {
  const folder = temporaryFolder();
  await tinyDataset(join(folder, 'data'));
  const samples = (await readMvtec(join(folder, 'data'))).train.slice(0, 1);
  const path = join(folder, 'data', samples[0]!.id);
  const hashes = [await samples[0]!.hash()];
  const bytes = readFileSync(path);
  writeFileSync(path, readFileSync(path.replace('000.png', '001.png')));
  const encoder = tinyEncoder();
  const cache = new FeatureCache(join(folder, 'cache'), featureLength(featureShapes(encoder, SIZE)));
  const open = () => openFeatures({ encoder, samples, hashes, input: modelInput(SIZE), cache });
  await expect(open()).rejects.toThrow('was changed while the training was prepared');
  expect(existsSync(cache.folder)).toBe(false);
  writeFileSync(path, bytes);
  await open();
  expect(existsSync(cache.path(hashes[0]!))).toBe(true);
  // rotated pictures have their own hashes
  for (const turned of pictureWays(samples, ['tile', 'wood']).samples)
    expect((await turned.load(SIZE)).hash).toBe(await turned.hash());
});

test('the cache folder depends on the version of everything between a picture and its features', () => {
  const names = Object.keys(FEATURE_VERSIONS);
  expect(names).toEqual(['decoder', 'resize', 'tfjs', 'kernels', 'random']);
  for (const version of Object.values(FEATURE_VERSIONS)) expect(version).toBeDefined();
  const own = featureKey('e', 64, 'wasm');
  expect(own).toMatch(/^e-64-wasm-[0-9a-f]{12}$/);
  const keyOf = (height: number, width: number, fit: 'stretch' | 'pad') =>
    featureKey('e', { height, width, fit }, 'wasm');
  expect(keyOf(64, 64, 'stretch')).toBe(own);
  const others = [
    keyOf(64, 64, 'pad'),
    keyOf(64, 32, 'pad'),
    keyOf(64, 32, 'stretch'),
    keyOf(32, 64, 'stretch'),
  ];
  expect(new Set([own, ...others]).size).toBe(5);
  for (const name of names)
    expect(featureKey('e', 64, 'wasm', { ...FEATURE_VERSIONS, [name]: 'other' })).not.toBe(own);
});
