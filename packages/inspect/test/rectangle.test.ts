import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { renderSynthetic, resizeRgb, type RgbImage } from '@pyramid-mamba/data';
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
import { beforeAll, expect, test } from 'vitest';
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

const drawn = (index: number): RgbImage =>
  renderSynthetic({ className: 'tile', seed: 5, split: 'test', index, defect: 'crack', size: 256 }).image;
const THRESHOLDS = { tile: { review: 0.001, reject: 0.002 } };
const TILE = { product: { given: 'tile' }, thresholds: THRESHOLDS };
const LEFT = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
] as const;

beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
});

/** Of a map of 128×128 pixels those at least 32 from each edge, or as many `off` columns to the right of them. */
const inside = (map: Float32Array, off = 0): number[] =>
  [...map].filter((_, i) => {
    const [x, y] = [(i % 128) - off, Math.floor(i / 128)];
    return Math.min(x, y) >= 32 && Math.max(x, y) < 96;
  });

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = (f: (i: number) => number) => a.reduce((sum, _, i) => sum + f(i), 0);
  const ab = covariance((i) => (a[i]! - ma) * (b[i]! - mb));
  return ab / Math.sqrt(covariance((i) => (a[i]! - ma) ** 2) * covariance((i) => (b[i]! - mb) ** 2));
}

test.each([
  ['left and right', 128, 192],
  ['above and below', 192, 128],
])('a border %s leaves the map of a picture where it is without', async (_, height, width) => {
  const plain = Inspector.open(example, 'example', NEXT);
  const padded = Inspector.open(withOtherInput({ height, width, fit: 'pad' }), 'model', NEXT);
  try {
    for (const index of [0, 1, 2]) {
      const image = drawn(index);
      const [before, found] = [
        await plain.judgeOne({ image, ...TILE }),
        await padded.judgeOne({ image, ...TILE }),
      ];
      expect(found).toMatchObject({ width: 256, height: 256, size: { width: 128, height: 128 } });
      // the border changes what the network sees at the picture's edges; inside them the maps show the same
      const [one, other] = [inside(before.map), inside(found.map)];
      expect(correlation(one, other)).toBeGreaterThan(0.5);
      expect(correlation(one, inside(found.map, 24))).toBeLessThan(correlation(one, other));
    }
  } finally {
    plain.dispose();
    padded.dispose();
  }
});

test.each<[string, ModelInput, size: { width: number; height: number }]>([
  ['stretched to a rectangle', { height: 64, width: 128, fit: 'stretch' }, { width: 128, height: 64 }],
  ['padded above and below', { height: 128, width: 128, fit: 'pad' }, { width: 128, height: 64 }],
  ['padded left and right', { height: 64, width: 192, fit: 'pad' }, { width: 128, height: 64 }],
])('a picture that is not square, %s, is judged in its own pixels', async (_, input, size) => {
  const inspector = Inspector.open(withOtherInput(input), 'model', NEXT);
  try {
    const image = resizeRgb(drawn(0), 300, 150);
    const found = await inspector.judgeOne({ image, ...TILE });
    expect(found).toMatchObject({ width: 300, height: 150, size, verdict: 'NG' });
    expect(found.map).toHaveLength(size.width * size.height);
    expect(Math.fround(found.score)).toBe(found.map.reduce((most, value) => Math.max(most, value), 0));
    for (const { box, peak } of found.regions) {
      expect(box[0] + box[2]).toBeLessThanOrEqual(300);
      expect(box[1] + box[3]).toBeLessThanOrEqual(150);
      expect(peak.x).toBeGreaterThanOrEqual(box[0]);
      expect(peak.y).toBeLessThanOrEqual(box[1] + box[3]);
    }
    const half = await inspector.judgeOne({ image, ...TILE, areas: { use: [LEFT], ignore: [] } });
    expect(half.map.every((value, i) => i % size.width < size.width / 2 || value === 0)).toBe(true);
  } finally {
    inspector.dispose();
  }
});
