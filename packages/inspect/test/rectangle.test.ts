import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { renderSynthetic, type RgbImage } from '@pyramid-mamba/data';
import {
  preprocessingOf,
  readModelInfo,
  readSafetensors,
  withInput,
  writeSafetensors,
  type ModelInput,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Inspector, type NextSteps } from '../src/index.js';

const NEXT: NextSteps = { product: 'name it', invalid: 'try another backend', notLearnt: 'train on' };
const example = readFileSync(
  new URL('../../../apps/viewer/public/example/model.safetensors', import.meta.url),
);

/** The example's network, which has no size of its own, with another input. */
function withOtherInput(input: ModelInput): Uint8Array {
  const { tensors, metadata } = readSafetensors(example, 'example');
  const { config, info } = readModelInfo(example, 'example');
  const changed = withInput(config, input);
  return writeSafetensors(tensors, {
    ...metadata,
    config: JSON.stringify(changed),
    info: JSON.stringify({ ...info, preprocessing: preprocessingOf(changed) }),
  });
}

/** A strip of a drawn tile, 256 pixels wide and `height` high, around its crack, and the box of the crack: left, top, right, bottom. */
function strip(index: number, height: number): { image: RgbImage; box: [number, number, number, number] } {
  const side = 256;
  const { image, mask } = renderSynthetic({
    className: 'tile',
    seed: 5,
    split: 'test',
    index,
    defect: 'crack',
    size: side,
  });
  const box: [number, number, number, number] = [side, side, 0, 0];
  mask.data.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % side, Math.floor(i / side)];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
  });
  const top = Math.max(0, Math.min(side - height, Math.round((box[1] + box[3] - height) / 2)));
  const data = image.data.slice(top * side * 3, (top + height) * side * 3);
  return { image: { width: side, height, data }, box: [box[0], box[1] - top, box[2], box[3] - top] };
}

beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
});

describe.each<[string, ModelInput, height: number, size: { width: number; height: number }]>([
  ['stretched to a rectangle', { height: 64, width: 128, fit: 'stretch' }, 140, { width: 128, height: 64 }],
  ['padded above and below', { height: 128, width: 128, fit: 'pad' }, 140, { width: 128, height: 70 }],
  ['padded left and right', { height: 64, width: 192, fit: 'pad' }, 128, { width: 128, height: 64 }],
])('a picture that is not square, %s', (_, input, height, size) => {
  test('has regions where the defect was drawn, in its own pixels', async () => {
    const inspector = Inspector.open(withOtherInput(input), 'model', NEXT);
    try {
      for (const index of [0, 1, 2]) {
        const { image, box } = strip(index, height);
        const thresholds = { tile: { review: 0.001, reject: 0.002 } };
        const found = await inspector.judgeOne({ image, product: { given: 'tile' }, thresholds });
        expect(found).toMatchObject({ width: 256, height, size, verdict: 'NG' });
        expect(found.map).toHaveLength(size.width * size.height);
        const { x, y } = found.regions[0]!.peak;
        const margin = 16;
        expect(x).toBeGreaterThan(box[0] - margin);
        expect(x).toBeLessThan(box[2] + margin);
        expect(y).toBeGreaterThan(box[1] - margin);
        expect(y).toBeLessThan(box[3] + margin);
        for (const region of found.regions) {
          expect(region.box[0] + region.box[2]).toBeLessThanOrEqual(256);
          expect(region.box[1] + region.box[3]).toBeLessThanOrEqual(height);
        }
        const left = [
          [0, 0],
          [0.5, 0],
          [0.5, 1],
          [0, 1],
        ] as const;
        const half = await inspector.judgeOne({
          image,
          product: { given: 'tile' },
          areas: { use: [left], ignore: [] },
        });
        expect(half.map.every((value, i) => i % size.width < size.width / 2 || value === 0)).toBe(true);
      }
    } finally {
      inspector.dispose();
    }
  });
});
