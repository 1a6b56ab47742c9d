// The engine of the page: it agrees with the model package, and faults of files are one-sentence errors.
import { normalizeImageNet, resizeRgb } from '@pyramid-mamba/data';
import {
  imageTensor,
  judge,
  loadModel,
  PyramidMamba,
  saveModel,
  seededEncoderWeights,
  type Judged,
  type ModelInfo,
} from '@pyramid-mamba/model';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWasm } from '../src/engine/backends/wasm.js';
import { EngineClient } from '../src/engine/client.js';
import { drawn, model as config, png, pngWithAlpha } from './kit.js';

const client = new EngineClient();
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  await startWasm();
  const made = PyramidMamba.create(
    config,
    await seededEncoderWeights(config.encoder, { seed: 1, random: 2 }),
    { seed: 1, random: 2 },
  );
  const info: ModelInfo = {
    classes: ['tile', 'wood'],
    preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    calibration: {
      tile: {
        review: 0.01,
        reject: 0.02,
        method: 'manual',
        goodCount: 0,
        defectCount: 0,
        scoreRange: [0, 1],
        background: 0,
      },
    },
  };
  bytes = Uint8Array.from(await saveModel(made, info));
  made.dispose();
});
afterAll(() => client.end());

describe('the engine', () => {
  test('reports its backend and why, and judges like the model package', async () => {
    expect(await client.start('wasm')).toEqual({
      backend: 'wasm',
      line: expect.stringMatching(
        /^Running on WebAssembly with (relaxed )?SIMD, one thread; as requested\.$/,
      ),
    });
    await client.load(new Blob([bytes]), 'm.safetensors');
    // another size than the model's: the resize is part of the answer
    const picture = drawn(0, 150);
    const judgement = await client.judge(await png(picture), { className: 'tile' });

    const { model } = loadModel(bytes, 'm.safetensors');
    const images = imageTensor([normalizeImageNet(resizeRgb(picture, 64, 64))], 64);
    const [{ map, score }] = (await judge(model, images)) as [Judged];
    tf.dispose(images);
    model.dispose();
    expect(judgement.score).toBeCloseTo(score, 6);
    expect(Math.max(...judgement.map.map((value, i) => Math.abs(value - map[i]!)))).toBeLessThan(1e-6);
    expect(judgement).toMatchObject({
      width: 150,
      height: 150,
      size: { width: 64, height: 64 },
      verdict: 'NG',
    });
    expect(judgement.regions.length).toBeGreaterThan(0);
  });

  test('judges only the included areas', async () => {
    await client.load(new Blob([bytes]), 'm.safetensors');
    const picture = await png(drawn(0));
    const whole = await client.judge(picture, { className: 'tile' });
    const left = [
      [0, 0],
      [0.5, 0],
      [0.5, 1],
      [0, 1],
    ] as const;
    const half = await client.judge(picture, { className: 'tile', areas: { use: [left], ignore: [] } });
    const expected = whole.map.map((value, i) => (i % 64 < 32 ? value : 0));
    expect(half.map).toEqual(expected);
    expect(half.score).toBeCloseTo(Math.max(...expected), 7);
    await expect(
      client.judge(picture, { className: 'tile', areas: { use: [left], ignore: [left] } }),
    ).rejects.toThrow(/leave nothing of the picture/);
  });

  test('drops alpha instead of applying it, like Node', async () => {
    const opaque = await client.judge(await png(drawn(1)), { className: 'tile' });
    const clear = await pngWithAlpha(drawn(1), (i) => (i * 37) % 256);
    expect((await client.judge(clear, { className: 'tile' })).score).toBe(opaque.score);
  });

  test('transfers pixels and bitmaps instead of copying them', async () => {
    const opaque = await client.judge(await png(drawn(1)), { className: 'tile' });
    const bitmap = await createImageBitmap(await png(drawn(1)));
    const context = new OffscreenCanvas(64, 64).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, 64, 64);
    expect((await client.judge(pixels, { className: 'tile' })).score).toBe(opaque.score);
    expect(pixels.data).toHaveLength(0);
    expect((await client.judge(bitmap, { className: 'tile' })).score).toBe(opaque.score);
    expect(bitmap.width).toBe(0);
  });

  test.each([
    ['nothing', new Blob([]), /empty\.safetensors is empty/],
    ['a false header', new Blob([new Uint8Array(64).fill(255)]), /does not start with a header/],
  ])('rejects a model file that is %s, and keeps the previous one', async (_, file, sentence) => {
    await client.load(new Blob([bytes]), 'm.safetensors');
    await expect(client.load(file, 'empty.safetensors')).rejects.toThrow(sentence);
    await expect(client.judge(await png(drawn(0)), { className: 'tile' })).resolves.toBeTruthy();
  });

  test('rejects invalid, truncated and too large pictures with one sentence, and keeps working', async () => {
    const judge = (blob: Blob) => client.judge(blob, { className: 'tile', name: 'x.png' });
    await expect(judge(new Blob(['hello world, hello']))).rejects.toThrow(/x\.png: expected a PNG/);
    const sound = new Uint8Array(await (await png(drawn(0))).arrayBuffer());
    await expect(judge(new Blob([sound.slice(0, 40)]))).rejects.toThrow(/cannot be decoded/);
    await expect(judge(new Blob([sound.slice(0, -1)]))).rejects.toThrow(/its data are cut short/);
    const huge = sound.slice();
    new DataView(huge.buffer).setUint32(16, 20_000);
    new DataView(huge.buffer).setUint32(20, 20_000);
    await expect(judge(new Blob([huge]))).rejects.toThrow(/400 million, and at most 100 million/);
    await expect(judge(new Blob([sound]))).resolves.toBeTruthy();
  });

  test('asks for the product if the model cannot recognise it, and rejects an unknown one', async () => {
    const picture = await png(drawn(0));
    await expect(client.judge(picture)).rejects.toThrow(/choose the product/);
    await expect(client.judge(picture, { className: 'shoe' })).rejects.toThrow(
      /was not trained on the product "shoe"/,
    );
    expect(await client.judge(picture, { className: 'wood' })).toMatchObject({ verdict: null, regions: [] });
  });
});
