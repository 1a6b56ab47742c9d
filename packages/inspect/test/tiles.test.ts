import '@tensorflow/tfjs-backend-wasm';
import { normalizedPicture, renderSynthetic, type RgbImage, type Sample } from '@pyramid-mamba/data';
import {
  imageTensor,
  loadModel,
  methodOf,
  NumericError,
  preprocessingOf,
  saveModel,
  seededEncoderWeights,
  tileOf,
  type BankDetector,
  type DetectorConfig,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Inspector, measureEach, trainingParts, type NextSteps } from '../src/index.js';

const NEXT: NextSteps = { product: 'name it', invalid: 'try another backend', notLearnt: 'train on' };
const { presets } = methodOf({ method: 'patchcore' });
const config = {
  ...presets['fast']!.model,
  inputSize: 128,
  tiles: { size: [64, 64], overlap: 32 },
  encoder: { arch: 'resnet18', width: 8 },
  map: { sigma: 2 },
} as DetectorConfig;

/** A picture of noise that is the same at no two places, of one kind. */
function noise(seed: number, side = 128): RgbImage {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return {
    width: side,
    height: side,
    data: Uint8Array.from({ length: 3 * side * side }, () => 96 + (next() >> 3)),
  };
}

const sampleOf = (image: RgbImage, i: number): Sample => ({
  id: `good/${i}.png`,
  className: 'cloth',
  label: 0,
  defect: 'good',
  load: () =>
    Promise.resolve({
      image,
      mask: { width: image.width, height: image.height, data: new Uint8Array(image.width * image.height) },
      hash: `hash ${i}`,
    }),
  hash: () => Promise.resolve(`hash ${i}`),
});

/** The same with a black square of `side` pixels. */
function withSquare(image: RgbImage, x: number, y: number, side: number): RgbImage {
  const data = Uint8Array.from(image.data);
  for (let v = y; v < y + side; v++)
    data.fill(0, 3 * (v * image.width + x), 3 * (v * image.width + x + side));
  return { ...image, data };
}

let model: BankDetector;
let ofPicture: readonly (readonly number[])[];
const good = [1, 2, 3].map((seed) => noise(seed));
beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  const encoder = await seededEncoderWeights(config.encoder, { seed: 1, random: 2 });
  model = methodOf(config).create(config, encoder, { seed: 1, random: 2 }) as BankDetector;
  const parts = trainingParts(good.map(sampleOf), [], config);
  ({ ofPicture } = parts);
  await model.fit(
    {
      count: parts.samples.length,
      async batch(indices) {
        const tile = tileOf(config);
        const loaded = await Promise.all(indices.map((i) => parts.samples[i]!.load(tile)));
        const images = imageTensor(
          loaded.map(({ image }) => normalizedPicture(image)),
          tile,
        );
        const features = model.encode(images);
        images.dispose();
        return features;
      },
    },
    { seed: { seed: 1, random: 2 } },
  );
});
afterAll(() => model.dispose());

describe('training parts', () => {
  test('are the tiles of every picture, each with its own hash and its pixels', async () => {
    const parts = trainingParts(good.map(sampleOf), [], config);
    expect(parts.samples).toHaveLength(3 * 9);
    expect(parts.ofPicture.map(({ length }) => length)).toEqual([9, 9, 9]);
    expect(parts.partsOf(1)).toHaveLength(9);
    expect(parts.partsOf(1).every((i) => parts.ofPicture[1]!.includes(i))).toBe(true);
    const hashes = await Promise.all(parts.samples.map((one) => one.hash()));
    expect(new Set(hashes).size).toBe(27);
    const { image, hash } = await parts.samples[9 + 4]!.load(tileOf(config));
    expect(hash).toBe(hashes[9 + 4]);
    expect(image).toMatchObject({ width: 64, height: 64 });
    expect(image.data[0]).toBe(good[1]!.data[3 * (32 * 128 + 32)]);
    await expect(parts.samples[0]!.load(128)).rejects.toThrow(/64×64/);
  });

  test('with rotated copies leave out all copies of all tiles of a picture', () => {
    const { ofPicture: own, ways } = trainingParts(good.map(sampleOf), ['cloth'], config);
    expect(ways).toHaveLength(27);
    expect(own.map((indices) => new Set(indices).size)).toEqual([72, 72, 72]);
    expect(new Set(own.flat()).size).toBe(216);
  });
});

describe('a model with tiles', () => {
  test('judges a whole picture, and its map shows a small defect where it is', async () => {
    const inspector = new Inspector(
      model,
      { classes: ['cloth'], preprocessing: preprocessingOf(config) },
      NEXT,
    );
    const image = noise(9);
    const before = await inspector.judgeOne({ image });
    expect(before.size).toEqual({ width: 128, height: 128 });
    expect(before.map).toHaveLength(128 * 128);
    const after = await inspector.judgeOne({ image: withSquare(image, 90, 50, 8) });
    expect(after.score).toBeGreaterThan(1.2 * before.score);
    const peak = after.map.indexOf(Math.max(...after.map));
    expect(Math.abs((peak % 128) - 94)).toBeLessThan(12);
    expect(Math.abs(Math.floor(peak / 128) - 54)).toBeLessThan(12);
  });

  test('leaves a training picture out with all its tiles', async () => {
    const [known] = await measureEach(model, [good[0]!], NEXT);
    const [unseen] = await measureEach(model, [good[0]!], NEXT, [ofPicture[0]!]);
    const [other] = await measureEach(model, [noise(9)], NEXT);
    // all its patches are in the bank, so they have no distance
    expect(known).toBeInstanceOf(NumericError);
    const score = (one: typeof other) => (one as { score: number }).score;
    expect(score(unseen) / score(other)).toBeGreaterThan(0.8);
    expect(score(unseen) / score(other)).toBeLessThan(1.25);
  });

  test('keeps its tiles in its file, and refuses pictures of another size than its input', async () => {
    const info = { classes: ['cloth'], preprocessing: preprocessingOf(config) };
    expect(info.preprocessing.tiles).toEqual({ size: [64, 64], overlap: 32 });
    const { model: loaded } = loadModel(await saveModel(model, info), 'the file');
    try {
      expect(loaded.config.tiles).toEqual(config.tiles);
      await expect(measureEach(loaded, [noise(1, 64)], NEXT)).rejects.toThrow(/128×128 pixels in tiles/);
    } finally {
      loaded.dispose();
    }
    const other = {
      ...info,
      preprocessing: { ...info.preprocessing, tiles: { size: [64, 64], overlap: 0 } as never },
    };
    const bytes = await saveModel(model, other);
    expect(() => loadModel(bytes, 'the file')).toThrow(/overlap 32.*overlap 0/);
  });

  test('gives no verdict where zeros are computed for a tile', async () => {
    const broken = Object.create(model) as BankDetector;
    let calls = 0;
    broken.levels = async (features) => {
      const found = await model.levels(features);
      return calls++ === 2
        ? found.map((one) => one.map((level) => ({ ...level, data: level.data.map(() => 0) })))
        : found;
    };
    const [judged] = await measureEach(
      broken,
      [
        renderSynthetic({ className: 'tile', seed: 1, split: 'test', index: 0, defect: 'good', size: 128 })
          .image,
      ],
      NEXT,
    );
    expect(judged).toBeInstanceOf(NumericError);
    expect((judged as NumericError).message).toMatch(/zeros for a part/);
  });
});
