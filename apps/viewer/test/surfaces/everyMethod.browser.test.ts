// Each method's model file: made by the page where it trains the method, and judged by command line, page and element alike.
import { normalizeImageNet, resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import {
  allMethods,
  imageTensor,
  inputOf,
  judge,
  methodOf,
  preprocessingOf,
  readModelInfo,
  saveModel,
  seededEncoderWeights,
  type DetectorConfig,
  type ModelInfo,
} from '@pyramid-mamba/model';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { learn } from '../../../../packages/model/test/registry/learn.js';
import { METHODS } from '../../../../packages/model/test/registry/samples.js';
import { startWasm } from '../../src/engine/backends/wasm.js';
import { offeredMethods, presetPlan } from '../../src/engine/training/methods.js';
import { drawn, request, spotted } from '../kit.js';
import { pngFile, Surfaces } from './surfaces.js';

const seed = { seed: 1, random: 2 } as const;
const SIDE = 64;

const PICTURES: Readonly<Record<string, RgbImage>> = {
  'good.png': drawn(100),
  'large.png': drawn(101, 150),
  'tall.png': resizeRgb(drawn(102, 128), 48, 80),
  'spotted.png': spotted(103),
  'grey.png': { width: 70, height: 40, data: new Uint8Array(70 * 40 * 3).fill(90) },
};

const surfaces = new Surfaces();
const files = new Map<string, File>();

beforeAll(async () => {
  for (const [name, picture] of Object.entries(PICTURES)) files.set(name, await pngFile(name, picture));
  await surfaces.engine.start('wasm');
});
afterAll(async () => {
  await surfaces.engine.discardTraining(true);
  surfaces.end();
});

/** A training in the page's worker, with the encoder's width and the length of a test. */
async function trainedInPage(name: string): Promise<Blob> {
  const asked = await request(12);
  const { model, train } = presetPlan(name, { inputSize: SIDE, effort: 'quick', epochs: 2, seed: 1 });
  const ended = await surfaces.engine.beginTraining(
    { ...asked, model: { ...model, encoder: asked.model.encoder }, train },
    () => undefined,
  );
  expect(ended).toBe(true);
  const { bytes } = await surfaces.engine.finishTraining();
  await surfaces.engine.discardTraining(true);
  return new Blob([bytes]);
}

/** Without the page: a few steps on two good pictures, and thresholds above the scores of two others. */
async function madeOutside(config: DetectorConfig): Promise<Blob> {
  await startWasm();
  const images = (...indices: number[]): tf.Tensor4D =>
    imageTensor(
      indices.map((i) => normalizeImageNet(drawn(i))),
      SIDE,
    );
  const detector = methodOf(config).create(config, await seededEncoderWeights(config.encoder, seed), seed);
  await learn(detector, images(0, 1), { steps: 2 });
  const others = images(2, 3);
  const scores = (await judge(detector, others)).map(({ score }) => score);
  others.dispose();
  const most = Math.max(...scores);
  const largest = methodOf(config).largestScore(config);
  const between = (share: number): number => most + share * (Math.min(largest, 2 * most) - most);
  const info: ModelInfo = {
    classes: ['tile'],
    preprocessing: preprocessingOf(config),
    calibration: {
      tile: {
        review: between(0.1),
        reject: between(0.2),
        method: 'manual',
        goodCount: 2,
        defectCount: 0,
        scoreRange: [Math.min(...scores), most],
        background: 0,
      },
    },
  };
  const bytes = await saveModel(detector, info);
  detector.dispose();
  return new Blob([Uint8Array.from(bytes)]);
}

const OFFERED = offeredMethods().map(({ name }) => name);

test('the page offers every method but the one that needs pictures and the one that is made of others', () => {
  const left = allMethods().filter(({ name }) => !OFFERED.includes(name));
  expect(left.map(({ name, learns, needs }) => ({ name, learns, needs }))).toEqual([
    { name: 'destseg', learns: 'steps', needs: 'pictures' },
    { name: 'ensemble', learns: 'members', needs: 'features' },
  ]);
});

test.each(
  Object.keys(METHODS).map((name) => ({
    name,
    how: OFFERED.includes(name) ? 'trained in the page' : 'not trained in the page',
  })),
)(
  'a model of $name, $how, judges the same in command line, page and element',
  async ({ name }) => {
    const model = OFFERED.includes(name) ? await trainedInPage(name) : await madeOutside(METHODS[name]!);
    const { config } = readModelInfo(new Uint8Array(await model.arrayBuffer()), name);
    expect(methodOf(config).name).toBe(name);
    expect(inputOf(config).width).toBe(SIDE);
    await surfaces.start(model);
    const judged = await surfaces.judge(files, 'tile');
    expect(judged.size).toBe(files.size);
    for (const [file, { score, calibration }] of judged) {
      expect(score, file).toBeGreaterThan(0);
      expect(calibration, file).not.toBeUndefined();
    }
    expect(judged.get('grey.png')!.verdict).not.toBe('OK');
    expect(new Set([...judged.values()].map(({ score }) => score)).size).toBe(files.size);
  },
  300_000,
);
