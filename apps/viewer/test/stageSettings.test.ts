import { BEST_STAGES, STAGES } from '@pyramid-mamba/inspect';
import { methodOf, type EncoderConfig, type VitConfig } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { bankPictures, chosenBanks, networkPictures } from '../src/engine/stages/learnt.js';
import type { SavedStages } from '../src/engine/stages/saved.js';
import { stageSettings, withOrientations } from '../src/engine/stages/settings.js';

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
  for (const [i, { model, preset }] of stageSettings({ preset: 'best' }, resnet).entries())
    expect(model).toEqual({ ...methodOf(BEST_STAGES[i]!).presets[preset]!.model, encoder: resnet });
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

test('banks of chosen patches are tried without copies first, unless a user asked for them; the network keeps its copies', async () => {
  const [bank, network] = stageSettings({}, resnet);
  const pictures = Array.from({ length: 40 }, (_, i) => ({ id: `${i}.png` }));
  const turned = withOrientations({ bank, network, pictures, heldBack: ['1.png'], defective: [] }, ['nut']);
  const saved = { ...turned, orientations: 'chosen', patches: 'chosen' } as unknown as SavedStages;
  // each picture has one copy
  const ways = pictures.map((_, i) => [i, pictures.length + i]);
  const asked: number[][] = [];
  const all = {
    pictures: { samples: [...pictures, ...pictures], ways },
    features: { batch: (indices: number[]) => Promise.resolve(asked.push(indices)) },
  } as unknown as Parameters<typeof chosenBanks>[1];
  const [without, copied] = chosenBanks(saved, all);
  expect([without!.withoutCopies, copied!.withoutCopies]).toEqual([true, false]);
  expect(without!.saved.bank).toMatchObject({ model: { coreset: { rows: 16_384 } } });
  expect(without!.saved.bank.train).not.toHaveProperty('augmentRotations');
  expect(copied!.saved.bank.train).toMatchObject({ augmentRotations: ['nut'] });

  const learnt = bankPictures(without!.saved, all);
  expect([learnt.features.count, learnt.ways[3]]).toEqual([40, [3]]);
  expect(bankPictures(saved, all).features.count).toBe(80);
  const trained = networkPictures(without!.saved, all);
  expect([trained.features.count, trained.ways[3]]).toEqual([78, [3, 42]]);
  await trained.features.batch([3, 42]);
  expect(asked).toEqual([[4, 44]]);

  const asSaid = chosenBanks({ ...saved, orientations: undefined }, all);
  expect(asSaid.map(({ withoutCopies }) => withoutCopies)).toEqual([false]);
});
