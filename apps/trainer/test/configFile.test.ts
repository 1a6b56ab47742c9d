import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@pyramid-mamba/data';
import { describe, expect, test } from 'vitest';
import { fileSettings, merged, parseSet, readConfigFile } from '../src/settings/configFile.js';
import { UserError } from '../src/errors.js';
import { presetSettings, withTree } from '../src/settings/settings.js';
import { noteCases, temporaryFolder } from './kit.js';

const home = temporaryFolder();
let n = 0;
function file(text: string, name = 'settings.yaml'): string {
  const folder = join(home, String(n++));
  mkdirSync(folder);
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('a configuration file', () => {
  test('is YAML with paths relative to its folder; names and "synthetic" are unchanged', async () => {
    const path = file(
      'data: pictures\nencoder: resnet34\noptim:\n  lr: 1e-3\nmodel: {decoder: {grids: [1, 2, 4]}}\n',
    );
    expect(await readConfigFile(path)).toEqual({
      data: join(path, '..', 'pictures'),
      encoder: 'resnet34',
      train: { lr: 1e-3 },
      model: { decoder: { grids: [1, 2, 4] } },
    });
    expect(
      await readConfigFile(file('{"data": "synthetic", "encoder": "./w.safetensors"}', 'a.json')),
    ).toEqual({
      data: 'synthetic',
      encoder: join(home, '1', 'w.safetensors'),
    });
  });

  test('can be the config.json of a run', async () => {
    const { model, train } = presetSettings('tiny');
    const config = {
      format: 'pyramid-mamba run 1',
      preset: 'tiny',
      data: '/a',
      classes: ['x'],
      trainingPictures: 3,
      dataFingerprint: 'f',
      encoder: { file: '/w.safetensors', arch: 'resnet18', width: 64, fingerprint: 'e' },
      backend: 'wasm',
      workers: 2,
      model,
      train,
      versions: {},
    };
    const tree = fileSettings(
      await readConfigFile(file(JSON.stringify(config), 'config.json')),
      'config.json',
    );
    expect(tree).toMatchObject({ data: '/a', encoder: '/w.safetensors', backend: 'wasm', workers: 2 });
    expect(withTree(presetSettings('paper'), tree, 'config.json')).toEqual({
      model,
      train,
      workers: undefined,
    });
  });

  test.each([
    [{}, 1],
    [{ random: 1 }, 1],
    [{ random: 2 }, 2],
  ])('a run with %j as its random streams is repeated with version %i', async (said, version) => {
    const { model, train } = presetSettings('tiny');
    const { random: _, ...old } = train;
    const config = { format: 'pyramid-mamba run 1', data: '/a', model, train: { ...old, ...said } };
    const tree = fileSettings(await readConfigFile(file(JSON.stringify(config), 'config.json')), 'c');
    expect(withTree(presetSettings('tiny'), tree, 'c').train.random).toBe(version);
  });

  test.each([
    ['a: [1', /expected YAML or JSON/],
    ['- 1\n- 2', /expected settings as "key: value", but found a list/],
    ['data: x\ndata: y', /unique/],
    ['? [1, 2]\n: 3', /keys must be strings/],
    ['__proto__: {a: 1}', /__proto__/],
    [
      'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]',
      /alias/,
    ],
  ])('%s is rejected with one sentence', async (text, sentence) => {
    await expect(readConfigFile(file(text))).rejects.toThrow(sentence);
  });
});

describe('unknown and invalid settings', () => {
  const check = (tree: Record<string, unknown>) =>
    withTree(presetSettings('tiny'), fileSettings(tree, 'settings.yaml'), 'settings.yaml');

  test.each([
    [{ dta: 'x' }, 'settings.yaml: unknown setting "dta"; did you mean "data"?'],
    [
      { train: { learning_rate_of_it_all: 1 } },
      'unknown setting "train.learning_rate_of_it_all"; known: optimizer',
    ],
    [{ model: { decoder: { gird: [1] } } }, 'unknown setting "model.decoder.gird"; did you mean "grids"?'],
    [{ model: { decoder: 3 } }, '"model.decoder" is a group of settings (depths'],
    [{ train: { lr: 'fast' } }, 'settings.yaml: train.lr: '],
    [{ train: { lr: -1 } }, 'train.lr: '],
    [{ model: { inputSize: 100 } }, 'multiple of 32'],
    [{ workers: 0 }, 'settings.yaml: workers: '],
  ])('%j', (tree, sentence) => {
    expect(() => check(tree)).toThrow(sentence);
  });

  test('a key that presets do not define is accepted', () => {
    expect(check({ model: { mff: { bottleneckWidth: 32 } } }).model.mff).toMatchObject({
      bottleneckWidth: 32,
      noiseStd: 0.05,
    });
  });
});

describe('--set', () => {
  test('reads values as YAML and nests by dots', () => {
    const trees = ['optim.lr=1e-3', 'train.clipNorm=null', 'model.decoder.pss=false', 'data=a=b'].map(
      parseSet,
    );
    expect(trees.reduce(merged)).toEqual({
      train: { lr: 1e-3, clipNorm: null },
      model: { decoder: { pss: false } },
      data: 'a=b',
    });
  });
  test.each(['lr', '=3', 'a..b=1', '__proto__.x=1'])('%s is refused', (text) => {
    expect(() => parseSet(text)).toThrow(/--set: expected KEY=VALUE/);
  });
});

test('damaged configurations are read or rejected with one sentence', async () => {
  const sound = Buffer.from(
    'data: pictures\nclasses: [a, b]\nholdBack: 0.2\noptim: {lr: 1e-3, betas: [0.9, 0.99]}\nmodel:\n  inputSize: 128\n  decoder: &d {grids: [1, 2]}\n',
  );
  const random = seededRandom('damaged configurations', 1);
  const pick = (n: number) => Math.floor(random() * n);
  const path = file('');
  let refused = 0;
  const count = process.env['FUZZ'] === 'full' ? 100_000 : 300;
  for (let i = 0; i < count; i++) {
    const bytes = Buffer.from(sound);
    for (let flips = pick(5); flips >= 0; flips--) {
      bytes[pick(bytes.length)] = pick(2) ? pick(256) : ':{}[]&*-,#\n\t"!|'.charCodeAt(pick(16));
    }
    writeFileSync(path, pick(4) === 0 ? bytes.subarray(0, pick(bytes.length)) : bytes);
    try {
      const tree = fileSettings(await readConfigFile(path), path);
      withTree(presetSettings('tiny'), tree, path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.message).not.toContain('\n');
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(count);
  noteCases(count);
}, 3_600_000);
