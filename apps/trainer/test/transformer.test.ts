// Trainings on a vision transformer: the form of the network and the input follow from the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededEncoderWeights, writeSafetensors, type VitConfig } from '@pyramid-mamba/model';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { stageSettings } from '../src/settings/stages.js';
import { recordingIo, temporaryFolder, tinyDataset, words } from './kit.js';

const home = temporaryFolder();
const data = join(home, 'data');
const encoder = join(home, 'dino.safetensors');
const DINO: VitConfig = {
  family: 'vit',
  arch: 'dinov2_reg',
  patch: 14,
  width: 64,
  depth: 3,
  heads: 1,
  hidden: 64,
  registers: 1,
  grid: 4,
  interpolation: 'antialias',
  levels: [
    [0, 0],
    [1, 1],
  ],
};

beforeAll(async () => {
  await tinyDataset(data);
  writeFileSync(
    encoder,
    writeSafetensors(new Map(await seededEncoderWeights(DINO, { seed: 1, random: 2 })), {}),
  );
});

async function run(text: string) {
  const io = recordingIo();
  const code = await main(words(text), io);
  return { code, out: io.stdout, err: io.stderr };
}

const train = (out: string, more: string) =>
  run(`train ${data} --out ${out} --encoder ${encoder} --cache ${home}/cache --backend wasm ${more}`);
const alone = '--method pyramid-mamba --input-size 56 --batch-size 4 --epochs 2 --workers 1';
const model = (out: string) => readFileSync(join(out, 'model.safetensors'));
const configOf = (out: string) =>
  JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;

test('pyramid-mamba trains on it, resumes to the same bits, is evaluated and exported', async () => {
  const [whole, halved] = [join(home, 'whole'), join(home, 'halved')];
  const first = await train(whole, alone);
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toMatch(/encoder: dinov2_reg, width 64, 3 blocks, patch 14, from .*dino\.safetensors/);
  expect(first.out).not.toMatch(/^input:/m);
  expect(configOf(whole)).toMatchObject({
    model: { inputSize: 56, encoder: { family: 'vit', levels: DINO.levels } },
  });
  await train(halved, `${alone} --max-steps 1`);
  const resumed = await run(`train ${data} --out ${halved} --cache ${home}/cache --resume`);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  expect(model(halved).equals(model(whole))).toBe(true);
  const evaluated = await run(`evaluate ${whole} --data ${data}`);
  expect([evaluated.code, evaluated.err]).toEqual([0, '']);
  const exported = await run(`export --model ${whole} --out ${join(home, 'whole.onnx')}`);
  expect([exported.code, exported.err]).toEqual([0, '']);
}, 300_000);

test('without --input-size the input is the nearest that the encoder sees, which is told', async () => {
  const out = join(home, 'quick');
  const { code, err, out: text } = await train(out, '--method patchcore');
  expect([code, err]).toEqual([0, '']);
  expect(text).toMatch(
    /^input: 252 pixels instead of the preset's 256, which dinov2_reg, .* cannot see; --input-size gives another$/m,
  );
  expect(configOf(out)).toMatchObject({ model: { method: 'patchcore', inputSize: 252, levels: [0, 1] } });
}, 300_000);

test('bank and network have one input, whatever sides either could see', () => {
  for (const patch of [14, 16, 24]) {
    const stages = stageSettings({}, undefined, { ...DINO, patch });
    const sizes = stages.map(({ settings: { model } }) => model.inputSize);
    expect(sizes[0]).toBe(sizes[1]);
    expect(sizes[0]! % (2 * patch)).toBe(0);
  }
  expect(stageSettings({})).toEqual(stageSettings({}, undefined, undefined));
});

test.each([
  [
    '--method pyramid-mamba --input-size 60',
    /patches of 14x14 pixels, so the size must be a multiple of 14, got 60; try 56/,
  ],
  [
    '--method pyramid-mamba --input-size 70',
    /--grids: at 70 pixels the smallest map is 5x5, .* try --input-size 84/,
  ],
  ['--method patchcore --input-size 60', /multiple of 14 for this encoder, got 60; try 56/],
  ['--input-size 60', /patches of 14x14 pixels, .* got 60; try 56/],
  ['--method rd4ad', /RD4AD needs three levels, .* but dinov2_reg, .* use a ResNet/],
])('%s is refused with what would do', async (options, message) => {
  const { code, err } = await train(join(home, 'refused'), options);
  expect(err).toMatch(message);
  expect(code).toBe(2);
});
