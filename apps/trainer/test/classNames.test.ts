import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, readModelInfo } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { moreNames, names } from '../src/settings/options.js';
import { recordingIo, SMALL_NETWORK, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

describe('names in options', () => {
  test.each([
    ['a,b', ['a', 'b']],
    [' a , b,,a', ['a', 'b']],
    ['"bolt, M6",nut', ['bolt, M6', 'nut']],
    ['nut,"bolt ""M6"", long" ', ['nut', 'bolt "M6", long']],
    ['cafe\u0301', ['caf\u00e9']],
    ['12" wheel', ['12" wheel']],
    ['constructor,__proto__', ['constructor', '__proto__']],
  ])('%s', (text, wanted) => {
    expect(names(text)).toEqual(wanted);
  });

  test('an option may be repeated', () => {
    expect(moreNames('"a, b"', moreNames('c,d'))).toEqual(['c', 'd', 'a, b']);
  });

  test.each(['', ' , ', '"open'])('refused: %s', (text) => {
    expect(() => names(text)).toThrow(/Expected names/);
  });
});

describe('classes called by names that objects have, with commas, and in both forms of Unicode', () => {
  const home = temporaryFolder();
  const data = join(home, 'data');
  const run = join(home, 'run');
  const CLASSES = ['__proto__', 'bolt, M6', 'café', 'constructor'];
  const call = async (...argv: string[]) => {
    const io = recordingIo();
    const code = await main(argv, io);
    expect(io.stderr).not.toMatch(/internal/);
    return { code, out: io.stdout, err: io.stderr };
  };

  beforeAll(async () => {
    await tinyDataset(join(home, 'drawn'));
    tinyEncoder(join(home, 'encoder.safetensors'));
    mkdirSync(data);
    const drawn = ['tile', 'wood', 'tile', 'wood'];
    for (const [i, name] of CLASSES.entries()) {
      cpSync(join(home, 'drawn', drawn[i]!), join(data, name.normalize('NFD')), { recursive: true });
    }
    const asked = ['--classes', '"bolt, M6",constructor', '--classes', '__proto__,caf\u00e9'];
    const folders = ['--data', data, '--out', run, '--encoder', join(home, 'encoder.safetensors')];
    const size = `--backend wasm --input-size 64 --batch-size 4 --epochs 1 --workers 1 --hold-back 0.5 ${SMALL_NETWORK}`;
    writeFileSync(join(data, 'constructor', 'train', 'good', 'lost.gif'), 'GIF89a');
    const { code, err, out } = await call(
      'train',
      '--json',
      ...folders,
      '--cache',
      join(home, 'cache'),
      ...words(size),
      ...asked,
    );
    const notice = /files? (is|are) not read because of (its|their) format \(1 \.gif\)/;
    expect(err).toMatch(notice);
    expect(code).toBe(0);
    expect((JSON.parse(out) as { notices: string[] }).notices).toEqual([expect.stringMatching(notice)]);
  });

  test('training keeps thresholds and prototypes of each', () => {
    const bytes = new Uint8Array(readFileSync(join(run, 'model.safetensors')));
    const { model, info } = loadModel(bytes, 'model');
    model.dispose();
    expect([...info.classes].sort()).toEqual(CLASSES);
    expect(Object.keys(info.calibration!).sort()).toEqual(CLASSES);
    expect(Object.keys(info.prototypes!).sort()).toEqual(CLASSES);
    expect(info.calibration!['toString']).toBeUndefined();
  });

  test('evaluate, report and predict give figures and verdicts of each', async () => {
    const evaluated = await call('evaluate', run, '--json');
    expect(evaluated.code).toBe(0);
    const found = JSON.parse(evaluated.out) as Record<'classes' | 'thresholds', object>;
    expect(Object.keys(found.classes).sort()).toEqual(CLASSES);
    expect(Object.keys(found.thresholds).sort()).toEqual(CLASSES);
    const scores = readFileSync(join(run, 'scores.jsonl'), 'utf8').trim().split('\n');
    for (const line of scores) expect((JSON.parse(line) as { verdict: unknown }).verdict).not.toBeNull();
    const { info } = readModelInfo(new Uint8Array(readFileSync(join(run, 'model.safetensors'))), 'model');
    expect(Object.keys(info.calibration!).sort()).toEqual(CLASSES);
    const reported = await call('report', run);
    expect([reported.code, reported.err]).toEqual([0, '']);
    // a chart's library must not have changed every object
    for (const key in {}) expect(key).toBe('none');
    const page = readFileSync(join(run, 'report', 'report.html'), 'utf8');
    for (const name of CLASSES) expect(page).toContain(name);
    for (const name of CLASSES) {
      const folder = join(data, name.normalize('NFD'), 'test', 'good');
      const { code, out } = await call(
        'predict',
        folder,
        '--model',
        run,
        '--class',
        name.normalize('NFD'),
        '--backend',
        'wasm',
      );
      expect(code).toBe(0);
      for (const line of out.trim().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({ class: name, verdict: expect.any(String) });
      }
    }
    const auto = await call('predict', data, '--model', run, '--backend', 'wasm');
    expect(auto.out).not.toMatch(/"verdict":null/);
  });

  test('a run goes on after its folders were stored in the other form of Unicode', async () => {
    renameSync(join(data, 'café'.normalize('NFD')), join(data, 'x'));
    renameSync(join(data, 'x'), join(data, 'café'.normalize('NFC')));
    const { code, err } = await call('train', '--out', run, '--resume', '--cache', join(home, 'cache'));
    expect([code, err]).toEqual([0, expect.stringMatching(/^note: .*\(1 \.gif\)[^\n]*\n$/)]);
  });

  test('a run whose data set was moved says how to give the new place', async () => {
    renameSync(data, join(home, 'moved'));
    for (const argv of [
      ['evaluate', run],
      ['train', '--out', run, '--resume'],
    ]) {
      const { code, err } = await call(...argv);
      expect([code, err]).toEqual([2, expect.stringContaining('with --data')]);
    }
  });
});
