import { holdBack, syntheticDataset } from '@pyramid-mamba/data';
import { modelConfigSchema, presets, trainConfigSchema } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import {
  EFFORTS,
  planOf,
  SIZES,
  suggestedEpochs,
  trainedOn,
  type Effort,
} from '../src/engine/training/plan.js';
import { duration } from '@pyramid-mamba/runs';

test('every choice of the page is a valid network, the balanced one the preset tiny', () => {
  for (const inputSize of SIZES) {
    for (const effort of Object.keys(EFFORTS) as Effort[]) {
      const { model, train } = planOf({ inputSize, effort, epochs: null, seed: 3 }, 24);
      expect(
        modelConfigSchema.parse(model).decoder.grids.every((grid) => (inputSize / 32) % grid === 0),
      ).toBe(true);
      expect(trainConfigSchema.parse(train)).toMatchObject({ seed: 3, epochs: suggestedEpochs(24) });
    }
  }
  expect(planOf({ inputSize: 256, effort: 'balanced', epochs: 8, seed: 1 }, 500)).toEqual({
    model: presets.tiny.model,
    train: presets.tiny.train,
  });
});

test('the page states the number of pictures that will be held back', async () => {
  for (const count of [8, 20, 33]) {
    const dataset = { ...syntheticDataset({ classes: ['tile'], trainPerClass: count }), test: [] };
    expect((await holdBack(dataset, undefined, 1)).dataset.train).toHaveLength(trainedOn(count));
  }
});

test('durations are readable', () => {
  expect([5, 75, 7300].map((seconds) => duration(seconds, 'spelt'))).toEqual([
    '5 s',
    '1 min 15 s',
    '2 h 1 min',
  ]);
});
