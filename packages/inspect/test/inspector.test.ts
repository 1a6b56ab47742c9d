import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { renderSynthetic, type RgbImage } from '@pyramid-mamba/data';
import { NumericError } from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Inspector,
  measure,
  measureEach,
  PictureError,
  type Judgement,
  type NextSteps,
} from '../src/index.js';

const NEXT: NextSteps = { product: 'name it', invalid: 'try another backend', notLearnt: 'train on' };
const example = new URL('../../../apps/viewer/public/example/model.safetensors', import.meta.url);

const drawn = (className: string, defect = 'good', size = 128): RgbImage =>
  renderSynthetic({ className, seed: 5, split: 'test', index: 0, defect, size }).image;

let inspector: Inspector;
beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  inspector = Inspector.open(readFileSync(example), 'example', NEXT);
});
afterAll(() => inspector.dispose());

describe('an inspector', () => {
  test('judges pictures of a batch as if each were alone', async () => {
    const pictures = [drawn('tile'), drawn('wood', 'hole', 200), drawn('bottle', 'crack')];
    const together = await inspector.judge(pictures.map((image) => ({ image })));
    for (const [i, image] of pictures.entries()) {
      const alone = await inspector.judgeOne({ image });
      expect(together[i]).toMatchObject({ className: alone.className, verdict: alone.verdict });
      expect(alone.score).toBeCloseTo((together[i] as typeof alone).score, 5);
    }
    expect(await inspector.judge([])).toEqual([]);
  });

  test('judges only the areas that count, and says where they leave nothing', async () => {
    const image = drawn('tile', 'crack');
    const whole = await inspector.judgeOne({ image });
    const corner = [
      [0, 0],
      [0.1, 0],
      [0.1, 0.1],
      [0, 0.1],
    ] as const;
    const part = await inspector.judgeOne({ image, areas: { use: [corner], ignore: [] } });
    expect(part.score).toBeLessThanOrEqual(whole.score);
    expect(part.map.filter((value) => value !== 0).length).toBeLessThan(part.map.length / 50);
    const areasOf = { wood: { use: [], ignore: [corner] }, tile: { use: [corner], ignore: [] } };
    expect(await inspector.judgeOne({ image, areasOf })).toMatchObject({
      className: 'tile',
      score: part.score,
    });
    const nothing = { use: [corner], ignore: [corner] };
    await expect(inspector.judgeOne({ image, areas: nothing })).rejects.toThrow(/leave nothing/);
  });

  test('judges only the areas of the model file, and of them what is given', async () => {
    const image = drawn('tile', 'crack');
    const square = (from: number, to: number) =>
      [
        [from, from],
        [to, from],
        [to, to],
        [from, to],
      ] as [number, number][];
    const areas = { tile: { use: [square(0, 0.5)], ignore: [] } };
    const filed = new Inspector(inspector.model, { ...inspector.info, areas }, NEXT);
    const product = { given: 'tile' };
    const own = await filed.judgeOne({ image, product });
    const given = await inspector.judgeOne({ image, product, areas: areas.tile });
    expect([own.score, own.verdict]).toEqual([given.score, given.verdict]);
    expect(own.map).toEqual(given.map);
    const both = await filed.judgeOne({ image, product, areas: { use: [square(0.25, 1)], ignore: [] } });
    const shared = { use: [square(0.25, 0.5)], ignore: [] };
    expect(both.map).toEqual((await inspector.judgeOne({ image, product, areas: shared })).map);
    const other = await filed.judgeOne({ image: drawn('wood'), product: { given: 'wood' } });
    expect(other.map.filter((value) => value === 0).length).toBeLessThan(10);
  });

  test('judges by thresholds that a person moved', async () => {
    const image = drawn('tile');
    const { score } = await inspector.judgeOne({ image });
    const thresholds = { tile: { review: score / 3, reject: score / 2 } };
    const moved = await inspector.judgeOne({ image, product: { given: 'tile' }, thresholds });
    expect(moved).toMatchObject({ verdict: 'NG', calibration: thresholds.tile });
    expect(moved.regions.length).toBeGreaterThan(0);
  });

  test('does not judge by a product that the model was not trained on', async () => {
    await expect(inspector.judgeOne({ image: drawn('tile'), product: { given: 'cable' } })).rejects.toThrow(
      /not trained on the product "cable"; it was trained on bottle, tile, wood/,
    );
  });

  test('gives a picture of a batch its own error, and the others their judgements', async () => {
    const image = drawn('tile');
    const dot = [
      [0.1, 0.1],
      [0.1001, 0.1],
      [0.1, 0.1001],
    ] as const;
    const found = await inspector.judge([
      { image },
      { image, areas: { use: [dot], ignore: [] } },
      { image, product: { given: 'cable' } },
      { image },
    ]);
    expect(found.map((one) => one instanceof PictureError)).toEqual([false, true, true, false]);
    const [first, , , last] = found as Judgement[];
    expect(last!.score).toBeCloseTo(first!.score, 5);
  });
});

test('a picture of invalid numbers gets an error with the next step, and the others their results', async () => {
  const broken = { ...drawn('wood'), data: new Float32Array(128 * 128 * 3).fill(NaN) } as unknown as RgbImage;
  const pictures = [drawn('tile'), broken, drawn('bottle')];
  const found = await measureEach(inspector.model, pictures, NEXT);
  expect(found.map((one) => one instanceof NumericError)).toEqual([false, true, false]);
  expect((found[1] as Error).message).toMatch(/no verdict; try another backend$/);
  await expect(measure(inspector.model, pictures, NEXT)).rejects.toThrow(NumericError);
});
