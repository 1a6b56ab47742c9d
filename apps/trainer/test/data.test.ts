import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder } from './kit.js';

const call = async (...argv: string[]) => {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
};

test('synth draws a data set that check finds nothing wrong with; planted faults are named once', async () => {
  const folder = join(temporaryFolder(), 'drawn');
  const drawn = await call(
    'data',
    'synth',
    folder,
    '--classes',
    'cloth',
    '--train',
    '3',
    '--good',
    '2',
    '--per-defect',
    '1',
    '--size',
    '64',
  );
  expect(drawn.code).toBe(0);
  const sound = await call('data', 'check', folder);
  expect(sound.err).toBe('');
  expect(sound.code).toBe(0);
  expect(sound.out).toMatch(/MVTec AD's layout: 1 class \(cloth\), 3 training and \d+ test pictures/);
  expect((await call('data', 'synth', folder)).err).toMatch(/is not empty; pass a new folder/);

  const defect = readdirSync(join(folder, 'cloth', 'ground_truth'))[0]!;
  const masks = join(folder, 'cloth', 'ground_truth', defect);
  rmSync(join(masks, readdirSync(masks)[0]!));
  writeFileSync(join(folder, 'cloth', 'train', 'good', 'zzz.png'), 'no picture');
  const { code, out, err } = await call('data', 'check', folder);
  expect(code).toBe(2);
  expect(out.match(/zzz\.png/g)).toHaveLength(1);
  expect(out.match(/^error: .*mask/gm)).toHaveLength(1);
  expect(err).toMatch(/data check: 2 errors to fix/);
  const { errors } = JSON.parse((await call('data', 'check', folder, '--json')).out) as { errors: number };
  expect(errors).toBe(2);
});
