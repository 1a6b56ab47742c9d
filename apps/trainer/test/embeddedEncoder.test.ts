// What `train` takes as the encoder, with and without `--encoder`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EMBEDDED_ENCODER } from '@pyramid-mamba/encoder-weights';
import { presets } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { main } from '../src/main.js';
import { defaultEncoder, encoderLocation, loadEncoder } from '../src/weights/encoderSource.js';
import { recordingIo, temporaryFolder, tinyDataset, words } from './kit.js';

const home = temporaryFolder();
const { id } = EMBEDDED_ENCODER;

beforeAll(async () => {
  await tinyDataset(join(home, 'data'));
  await pickBackend('wasm');
});

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

const TRAIN = `train --data ${home}/data --method patchcore --backend wasm --input-size 64 --cache ${home}/cache --hold-back 0.5`;
const configOf = (name: string) =>
  JSON.parse(readFileSync(join(home, name, 'config.json'), 'utf8')) as {
    encoder: { file: string | null; arch: string; width: number };
  };

test('without --encoder the embedded weights are used, and config.json names them: resumed and repeated, it is the same model', async () => {
  const first = await run(`${TRAIN} --out ${home}/first`);
  expect(first.err).toBe('');
  expect(first.out).toContain(`\nencoder: resnet18, width 64, from this program (${id})\n`);
  expect(configOf('first').encoder).toMatchObject({ file: id, arch: 'resnet18', width: 64 });

  const again = await run(`train --out ${home}/first --resume --cache ${home}/cache`);
  expect(again.out).toMatch(/\(unchanged, with its thresholds\)\n/);
  await run(
    `train --config ${home}/first/config.json --out ${home}/repeated --cache ${home}/cache --hold-back 0.5`,
  );
  expect(configOf('repeated').encoder).toEqual(configOf('first').encoder);
});

test('a run whose config.json says null has the seeded encoder, resumed and repeated', async () => {
  const small = ' --set model.encoder.width=8';
  const { out } = await run(`${TRAIN} --out ${home}/seeded --encoder untrained${small}`);
  expect(out).toMatch(
    /\nencoder: seeded resnet18, width 8, untrained \(the embedded weights are those of a resnet18, width 64; /,
  );
  expect(configOf('seeded').encoder).toMatchObject({ file: null, width: 8 });
  const again = await run(`train --out ${home}/seeded --resume --cache ${home}/cache`);
  expect(again.out).toMatch(/\(unchanged, with its thresholds\)\n/);
  await run(
    `train --config ${home}/seeded/config.json --out ${home}/twin --cache ${home}/cache --hold-back 0.5`,
  );
  expect(configOf('twin').encoder).toEqual(configOf('seeded').encoder);
});

test('a run on embedded weights of another version is not continued with those of this one', async () => {
  const { code } = await run(`${TRAIN} --out ${home}/older --encoder untrained --set model.encoder.width=8`);
  expect(code).toBe(0);
  const path = join(home, 'older', 'config.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"file": null', '"file": "embedded-0"'));
  const { code: refused, err } = await run(`train --out ${home}/older --resume --cache ${home}/cache`);
  expect(refused).toBe(2);
  expect(err).toContain(`embedded-0 belongs to another version of this program, which has ${id}; `);
});

describe('--encoder', () => {
  test('is a name or a path', () => {
    expect(encoderLocation('embedded')).toBe(id);
    expect(encoderLocation(id)).toBe(id);
    expect(encoderLocation('untrained')).toBeNull();
    expect(encoderLocation('./embedded')).toBe(resolve('embedded'));
  });

  test('is by default the embedded one where the preset has its shape', () => {
    const shapes = Object.entries(presets).map(([name, { model }]) => [name, defaultEncoder(model.encoder)]);
    expect(shapes).toEqual([
      ['tiny', id],
      ['paper', null],
      ['official', null],
    ]);
  });

  test('says which weights it took, and where they are not of the preset’s shape', async () => {
    const { train } = presets.tiny;
    const { line } = await loadEncoder(id, presets.paper.model.encoder, train);
    expect(line).toBe(
      `encoder: resnet18, width 64, from this program (${id}) (instead of the preset's resnet34, width 64)`,
    );
  });
});
