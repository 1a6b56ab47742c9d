// `train --preset best`: the network after the memory bank is RD4AD.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { methodOf, readModelInfo } from '@pyramid-mamba/model';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import type { RunConfig } from '../src/run/run.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const data = join(home, 'data');
const best = join(home, 'best');
const SETTINGS = `--encoder ${home}/encoder --cache ${home}/cache --backend wasm --input-size 64`;

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}
const configOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunConfig;
const modelIn = (name: string) => readModelInfo(readFileSync(join(best, name)), name).config;

let first: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(join(home, 'encoder'));
  first = await run(`train ${data} --out ${best} --preset best --time 1s ${SETTINGS}`);
});

test('trains RD4AD after the bank, and makes of both the ensemble that the preset has', () => {
  expect(first.err).toBe('');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^plan: first a memory bank .* then RD4AD for 1 s;/m);
  const { stages } = configOf(best);
  expect(stages!.settings.map(({ preset, model }) => [model.method, preset])).toEqual([
    ['patchcore', 'fast'],
    ['rd4ad', 'tiny'],
  ]);
  const made = ['model', 'rd4ad', 'ensemble', 'patchcore'].flatMap((name) => {
    try {
      return [modelIn(`${name}.safetensors`)];
    } catch {
      return [];
    }
  });
  expect(made.map(({ method }) => method).sort()).toEqual(['ensemble', 'patchcore', 'rd4ad']);
  expect(made.find(({ method }) => method === 'ensemble')).toMatchObject({
    members: [{ method: 'patchcore' }, { method: 'rd4ad' }],
    map: { combine: 'stretched-square' },
  });
});

test('both together pass no product that the bank, whose scores they have, fails', () => {
  const tests = (name: string) => {
    for (const file of [`${name}.safetensors`, 'model.safetensors']) {
      const path = join(best, file);
      if (!existsSync(path)) continue;
      const { config, info } = readModelInfo(readFileSync(path), path);
      if (config.method === name) return info.selfTest!;
    }
    throw new Error(`there is no ${name}`);
  };
  const bank = tests('patchcore');
  for (const [name, { passed }] of Object.entries(tests('ensemble')))
    if (!bank[name]!.passed) expect(passed, name).toBe(false);
});

test('is resumed with and without its name', async () => {
  for (const option of ['', ' --preset best']) {
    const { code, err } = await run(`train --out ${best} --resume${option} --cache ${home}/cache`);
    expect([code, err]).toEqual([0, '']);
  }
});

test.each([
  [`${data} --preset best --epochs 3`, /--preset best: belongs to a training that begins with a memory bank/],
  [`${data} --preset best --method patchcore`, /--preset best: belongs to .* but --method trains one/],
])('train %s is refused', async (options, sentence) => {
  const { code, err } = await run(`train ${options} --out ${join(home, 'refused')} ${SETTINGS}`);
  expect(err).toMatch(sentence);
  expect(code).toBe(2);
});

test('a run whose network is another one is not resumed or repeated as it', async () => {
  const usual = join(home, 'usual');
  cpSync(best, usual, { recursive: true });
  const config = configOf(best);
  const settings = config.stages!.settings.map((one, i) =>
    i === 0 ? one : { ...one, model: methodOf({}).presets['tiny']!.model },
  );
  writeFileSync(
    join(usual, 'config.json'),
    JSON.stringify({ ...config, stages: { ...config.stages, settings } }),
  );
  const resumed = await run(`train --out ${usual} --resume --preset best --cache ${home}/cache`);
  expect(resumed.err).toMatch(
    /--preset best: its network is RD4AD, but the run was begun with Pyramid-Mamba; omit it, or give another --out/,
  );
  const repeated = await run(`train --config ${usual}/config.json --preset best --out ${home}/repeated`);
  expect(repeated.err).toMatch(
    /--preset best: its network is RD4AD, but \S+config\.json has Pyramid-Mamba; omit it/,
  );
});
