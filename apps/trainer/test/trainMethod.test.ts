// `train --method`: a method that learns in one pass, through the same commands as the network of the paper.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();

beforeAll(async () => {
  await tinyDataset(join(home, 'data'));
  tinyEncoder(join(home, 'encoder'));
});

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

const train = (out: string, more = '') =>
  run(
    `train --data ${home}/data --out ${home}/${out} --encoder ${home}/encoder --cache ${home}/cache --backend wasm --input-size 64${more}`,
  );

test('patchcore is trained in one pass, judges, and is trained again on --resume to the same model', async () => {
  const first = await train('bank', ' --method patchcore --hold-back 0.5');
  expect(first.err).toBe('');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/\ntraining: PatchCore on 4 pictures, in one pass\n/);
  expect(first.out).toMatch(/\ntrained in \d+s\n/);
  expect(first.out).not.toMatch(/epoch|learning rate|steps|lr /);
  const config = JSON.parse(readFileSync(join(home, 'bank', 'config.json'), 'utf8')) as object;
  expect(config).toMatchObject({
    preset: 'patchcore',
    workers: 1,
    model: { method: 'patchcore', inputSize: 64 },
  });

  const judged = await run(
    `predict ${home}/data/tile/test/good --model ${home}/bank --backend wasm --class tile --json`,
  );
  expect(judged.err).not.toMatch(/error/);
  expect(judged.out).toMatch(/"score":/);

  const again = await run(`train --out ${home}/bank --resume --cache ${home}/cache`);
  expect(again.code).toBe(0);
  expect(again.out).toMatch(/\nPatchCore learns in one pass: it begins again\n/);
  expect(again.out).toMatch(/\(unchanged, with its thresholds\)\n/);

  const repeated = await run(
    `train --config ${home}/bank/config.json --out ${home}/repeated --cache ${home}/cache --hold-back 0.5`,
  );
  expect(repeated.err).toBe('');
  const model = (name: string) => readFileSync(join(home, name, 'model.safetensors'));
  expect(model('repeated').equals(model('bank'))).toBe(true);
});

test('patchcore reads the rotated and mirrored pictures of --augment-rotations too', async () => {
  const rows = (name: string) =>
    readSafetensors(readFileSync(join(home, name, 'model.safetensors')), name).tensors.get('bank.rows')!;
  const options = ' --method patchcore --hold-back 0.5 --set model.coreset.share=1';
  expect((await train('plain', options)).code).toBe(0);
  const { code, out } = await train('turned', `${options} --augment-rotations tile`);
  expect(code).toBe(0);
  // two pictures of tile, each in eight ways, and two of wood
  expect(out).toMatch(/\ntraining: PatchCore on 18 pictures, in one pass\n/);
  const [plain, turned] = [rows('plain'), rows('turned')];
  expect(turned.shape[0]! * 4).toBe(plain.shape[0]! * 18);
});

describe('what does not apply to the method is refused', () => {
  test.each([
    ['--lr 1e-3', /--lr: PatchCore learns in one pass, without steps; omit the option/],
    ['--epochs 3', /--epochs: PatchCore learns in one pass/],
    ['--max-steps 3', /--max-steps: PatchCore learns in one pass/],
    ['--workers 2', /--workers: PatchCore learns in one pass/],
    ['--grids 1,2', /--grids: PatchCore has no such part; omit the option/],
    ['--no-pss', /--no-pss: PatchCore has no such part/],
    ['--set train.lr=1', /--set: train\.lr: PatchCore learns in one pass, without steps; omit the setting/],
    ['--preset tiny', /--preset: unknown preset "tiny".*\n {2}patchcore: /],
  ])('%s', async (option, sentence) => {
    const { code, err } = await train('refused', ` --method patchcore ${option}`);
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });

  test('an unknown method, with the known ones', async () => {
    const { code, err } = await train('refused', ' --method patchcorr');
    expect(err).toMatch(
      /--method: unknown method "patchcorr"; did you mean "patchcore"\?\n {2}pyramid-mamba: /,
    );
    expect(code).toBe(2);
  });
});

test('destseg learns from pictures in two parts, of drawn textures or a folder’s, and resumes to the same weights', async () => {
  const weights = (name: string) =>
    [...readSafetensors(readFileSync(join(home, name, 'model.safetensors')), name).tensors].map(
      ([tensor, { data }]) => `${tensor} ${createHash('sha256').update(data).digest('hex')}`,
    );
  // eight steps, of which the student has one
  const options = ' --method destseg --epochs 2 --batch-size 2';
  const whole = await train('whole', `${options} --max-steps 2`);
  expect([whole.code, whole.err]).toEqual([0, '']);
  expect(whole.out).toContain(
    'note: the 2 parts of this training share 8 steps, and it stops after 2, so the last part has 1 of its 7: give fewer --epochs',
  );
  const first = await train('half', `${options} --max-steps 1`);
  expect(first.code).toBe(0);
  expect(first.out).toContain('so the last part has none of its 7: ');
  const half = weights('half');
  const resumed = await run(`train --out ${home}/half --resume --max-steps 2 --cache ${home}/cache`);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  expect(weights('half')).toEqual(weights('whole'));
  // the second step trained the segmentation alone
  const changed = weights('half').filter((line) => !half.includes(line));
  expect(changed.some((line) => line.includes('segmentation.'))).toBe(true);
  expect(changed.some((line) => line.includes('student.'))).toBe(false);

  const folder = `--set train.textures=${home}/data/wood/test`;
  expect((await train('textured', `${options} --max-steps 1 ${folder}`)).code).toBe(0);
  expect(weights('textured')).not.toEqual(half);

  const judged = await run(
    `predict ${home}/data/tile/test/good --model ${home}/whole --backend wasm --class tile --json`,
  );
  const score = Number(/"score":\s*([\d.e-]+)/.exec(judged.out)?.[1]);
  expect(score > 0 && score < 1).toBe(true);

  for (const [more, sentence] of [
    ['--workers 2', /--workers: DeSTSeg learns from pictures, which one process reads; omit --workers/],
    [`--set train.textures=${home}/whole/tensorboard`, /train\.textures: .* has no pictures/],
  ] as const) {
    const { code, err } = await train('refused-pictures', `${options} --max-steps 1 ${more}`);
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  }
});
