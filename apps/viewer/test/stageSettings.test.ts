import { STAGES } from '@pyramid-mamba/inspect';
import { methodOf, type EncoderConfig, type VitConfig } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { stageSettings } from '../src/engine/stages/settings.js';

const resnet: EncoderConfig = { arch: 'resnet18', width: 64 };
const transformer = (patch: number): VitConfig => ({
  family: 'vit',
  arch: 'dinov2',
  patch,
  width: 64,
  depth: 2,
  heads: 1,
  hidden: 64,
  registers: 0,
  grid: 3,
  interpolation: 'plain',
  levels: [
    [0, 0],
    [1, 1],
  ],
});

test('on a ResNet both stages are their presets, with the size that was chosen', () => {
  for (const [i, { model, preset }] of stageSettings({}, resnet).entries())
    expect(model).toEqual({ ...methodOf(STAGES[i]!).presets[preset]!.model, encoder: resnet });
  expect(stageSettings({ inputSize: 128 }, resnet).map(({ model }) => model.inputSize)).toEqual([128, 128]);
});

test.each([
  [undefined, 14, 252],
  [128, 14, 140],
  [128, 16, 128],
  [256, 8, 256],
])(
  'a size of %s on a transformer of patches of %s pixels is %s for both stages, which share its features',
  (inputSize, patch, side) => {
    const [bank, network] = stageSettings({ inputSize }, transformer(patch));
    expect([bank.model.inputSize, network.model.inputSize]).toEqual([side, side]);
    expect(bank.model).toMatchObject({ levels: [0, 1] });
  },
);
