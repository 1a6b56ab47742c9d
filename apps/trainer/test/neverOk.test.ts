// No failure ends in OK: after any failure a picture gets an error, REVIEW with the reason, or no verdict with the reason.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import {
  readSafetensors,
  saveModel,
  usable,
  withModelInfo,
  writeSafetensors,
  type ClassSelfTest,
  type HostTensor,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { readManifest } from '@pyramid-mamba/runs';
import { WebGpuError } from '@pyramid-mamba/ssm-kernels';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyNetwork } from './kit.js';

/** Batches that the device computes before it is lost. */
const engine = vi.hoisted(() => ({ batches: Infinity, interrupted: false }));
vi.mock('@pyramid-mamba/inspect', async (original) => {
  const real = await original<typeof import('@pyramid-mamba/inspect')>();
  return {
    ...real,
    Inspector: class extends real.Inspector {
      static override open(...given: Parameters<typeof real.Inspector.open>) {
        const { model, info } = real.Inspector.open(...given);
        return new this(model, info, given[2]);
      }
      override judge(...given: Parameters<typeof real.Inspector.prototype.judge>) {
        if (--engine.batches >= 0) return super.judge(...given);
        if (engine.interrupted) process.emit('SIGINT');
        return Promise.reject(new WebGpuError('lost', 'The GPU was lost.'));
      }
    },
  };
});

const home = temporaryFolder();
const at = (name: string) => join(home, name);
const model = at('model.safetensors');
const picture = at('picture.png');
let sound: Uint8Array<ArrayBuffer>;
/** Values of a class feature. */
let values: number;

/** Thresholds that every intact picture passes, so that an unnoticed failure gives OK. */
const LENIENT = {
  review: 0.66,
  reject: 0.66,
  method: 'quantile' as const,
  goodCount: 9,
  defectCount: 0,
  scoreRange: [0, 0.1] as [number, number],
  background: 0,
};

const drawn = (pixel: (x: number, y: number) => readonly number[]) =>
  encodePngRgb({
    width: 48,
    height: 40,
    data: Uint8Array.from(
      Array.from({ length: 48 * 40 }, (_, i) => pixel(i % 48, Math.floor(i / 48))).flat(),
    ),
  });

beforeAll(async () => {
  await pickBackend('wasm');
  const network = tinyNetwork().create();
  sound = (await saveModel(network.model, {
    classes: ['tile'],
    calibration: { tile: LENIENT },
    preprocessing: { inputSize: 32, resize: 'bilinear-antialias', normalize: 'imagenet' },
  })) as Uint8Array<ArrayBuffer>;
  values = network.model.encoder.channels.at(-1)!;
  network.optimizer.dispose();
  network.model.dispose();
});

beforeEach(async () => {
  Object.assign(engine, { batches: Infinity, interrupted: false });
  writeFileSync(model, sound);
  writeFileSync(picture, await drawn((x, y) => [x * 5, y * 6, (x * y) % 256]));
});

interface Line {
  verdict?: string | null;
  doubts?: string[];
  error?: string;
}

async function predicted() {
  const io = recordingIo();
  const code = await main(['predict', picture, '--model', model, '--backend', 'wasm'], io);
  const lines = io.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  return { code, lines, err: io.stderr };
}

const withInfo = (change: (info: ModelInfo) => ModelInfo) =>
  writeFileSync(model, withModelInfo(sound, model, change));

/** The model file with the text of its metadata replaced, bypassing the checks of the writer. */
function withText(key: string, change: (text: string) => string): void {
  const { tensors, metadata } = readSafetensors(sound, model);
  writeFileSync(model, writeSafetensors(tensors, { ...metadata, [key]: change(metadata[key]!) }));
}

function withWeights(chosen: RegExp, change: (value: number, i: number) => number): void {
  const { tensors, metadata } = readSafetensors(sound, model);
  const changed = new Map<string, HostTensor>();
  let touched = 0;
  for (const [name, tensor] of tensors) {
    if (!chosen.test(name) || tensor.dtype !== 'F32') {
      changed.set(name, tensor);
      continue;
    }
    touched++;
    changed.set(name, { ...tensor, data: Float32Array.from(tensor.data as Float32Array, change) });
  }
  expect(touched).toBeGreaterThan(0);
  writeFileSync(model, writeSafetensors(changed, metadata));
}

test('the model and the picture that the failures start from give an OK', async () => {
  const { code, lines } = await predicted();
  expect(code).toBe(0);
  expect(lines).toMatchObject([{ verdict: 'OK', doubts: [] }]);
});

/** A self-test that was not passed. */
const selfTest: ClassSelfTest = {
  passed: false,
  reason: 'it found no defect',
  rule: 'it finds most',
  figure: 0.5,
  good: { pictures: 9, refused: 0, toReview: 0, refusedInterval: [0, 0.3] },
  drawn: { drawn: 9, found: 0, placed: 0, foundInterval: [0, 0.3] },
  clear: { drawn: 9, found: 0, placed: 0 },
  byKind: {},
  bySize: [],
  byContrast: [],
  smallest: null,
  drawing: 1,
  examples: [],
};

/** The model file of a class whose training pictures were all far from any that is judged. */
const ofAnotherProduct = () =>
  withInfo((info) => ({
    ...info,
    prototypes: { tile: Array<number>(values).fill(1000) },
    recognition: { tile: { distances: [0.1, 0.2, 0.3] } },
  }));

const FAILURES: [string, () => void | Promise<void>][] = [
  ['one NaN in the encoder', () => withWeights(/^net_t\.conv1\.weight/, (v, i) => (i === 7 ? NaN : v))],
  ['one NaN in a bias of the encoder', () => withWeights(/^net_t\..*1\.bias/, (v, i) => (i === 0 ? NaN : v))],
  ['infinite weights in the encoder', () => withWeights(/^net_t\.layer2.*weight/, () => Infinity)],
  ['huge weights in the encoder', () => withWeights(/^net_t\..*weight/, (v) => v * 1e30)],
  ['an encoder of zeros', () => withWeights(/^net_t\./, () => 0)],
  ['one NaN in the rest of the network', () => withWeights(/^(?!net_t)/, (v, i) => (i === 0 ? NaN : v))],
  ['a decoder of zeros', () => withWeights(/^(?!net_t)/, () => 0)],
  ['a whole network of zeros', () => withWeights(/./, () => 0)],
  ['no thresholds', () => withInfo((info) => ({ ...info, calibration: undefined }))],
  [
    'thresholds of another class only',
    () => withInfo((info) => ({ ...info, calibration: { wood: LENIENT } })),
  ],
  ['thresholds that no score can reach', () => withText('info', (text) => text.replaceAll('0.66', '0.7'))],
  ['thresholds of null', () => withText('info', (text) => text.replaceAll('0.66', 'null'))],
  ['thresholds beyond every number', () => withText('info', (text) => text.replaceAll('0.66', '1e999'))],
  [
    'thresholds in the wrong order',
    () => withText('info', (text) => text.replace('"review":0.66', '"review":0.67')),
  ],
  [
    'preprocessing for another size',
    () => withText('info', (text) => text.replace('"inputSize":32', '"inputSize":64')),
  ],
  ['preprocessing nobody knows', () => withText('info', (text) => text.replace('imagenet', 'none'))],
  ['a picture of no product of the model', ofAnotherProduct],
  ['a class whose self-test failed', () => withInfo((info) => ({ ...info, selfTest: { tile: selfTest } }))],
  ['a model file cut short', () => writeFileSync(model, sound.subarray(0, sound.length >> 1))],
  ['a lost device', () => void (engine.batches = 0)],
  ['a black picture', async () => writeFileSync(picture, await drawn(() => [0, 0, 0]))],
  ['a picture of one colour', async () => writeFileSync(picture, await drawn(() => [90, 140, 200]))],
  ['a dark picture with noise', async () => writeFileSync(picture, await drawn((x, y) => [x % 5, y % 7, 3]))],
  ['a half-written picture', () => writeFileSync(picture, readFileSync(picture).subarray(0, 700))],
  ['an empty picture', () => writeFileSync(picture, '')],
  ['text called a picture', () => writeFileSync(picture, 'not a picture')],
];

describe('predict', () => {
  test.each(FAILURES)('%s never gives OK, and the reason is reported', async (_, fail) => {
    await fail();
    const { code, lines, err } = await predicted();
    for (const { verdict, doubts, error } of lines) {
      expect(verdict).not.toBe('OK');
      expect(error ?? doubts?.join()).toMatch(/\w+ \w+ \w+/);
    }
    if (lines.length === 0 || lines.some(({ error }) => error !== undefined)) {
      expect(code).toBe(2);
      expect(err).toMatch(/^error: (.*\w\W+){3}/m);
    }
  });

  test('after a device loss half-way, the predictions made before are kept under a partial name', async () => {
    engine.batches = 1;
    const names = Array.from({ length: 6 }, (_, i) => join(at('many'), `${i}.png`));
    mkdirSync(at('many'), { recursive: true });
    for (const name of names) writeFileSync(name, readFileSync(picture));
    const out = at('out');
    const line = ['predict', at('many'), '--model', model, '--backend', 'wasm', '--out', out];
    const io = recordingIo();
    expect(await main(line, io)).toBe(2);
    expect(io.stderr).toMatch(
      /error: The GPU was lost.*; 4 of 6 pictures were judged before, and their lines are kept in/,
    );
    expect(readdirSync(out)).toEqual(['predictions.partial.jsonl']);
    expect(readFileSync(join(out, 'predictions.partial.jsonl'), 'utf8').trim().split('\n')).toHaveLength(4);
    // nothing was predicted, so nothing is left
    engine.batches = 0;
    expect(await main([...line.slice(0, -1), at('none')], recordingIo())).toBe(2);
    expect(existsSync(at('none'))).toBe(false);
    // an interruption keeps as much, beside what is there
    Object.assign(engine, { batches: 1, interrupted: true });
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const csv = join(out, 'table.csv');
    const again = recordingIo();
    await main([...line, '--csv', csv], again);
    expect(exit.mock.calls).toEqual([[130]]);
    exit.mockRestore();
    expect(again.stderr).toMatch(/interrupted: 4 of 6 pictures were judged before, .* kept in .*partial-2/);
    expect(readdirSync(out).sort()).toEqual([
      'predictions.partial-2.jsonl',
      'predictions.partial.jsonl',
      'table.partial.csv',
    ]);
    expect(readFileSync(join(out, 'predictions.partial-2.jsonl'), 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test.skipIf(process.platform === 'win32')(
    'an unreadable picture is an error of its own; the others are predicted',
    async () => {
      const io = recordingIo();
      const line = ['predict', '/dev/zero', picture, '--model', model, '--backend', 'wasm'];
      expect(await main(line, io)).toBe(2);
      const lines = io.stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Line);
      expect(lines).toMatchObject([
        { error: expect.stringMatching(/cannot be read: it is a pipe or a device/) as unknown },
        { verdict: 'OK' },
      ]);
      expect(io.stderr).toMatch(/1 of 2 pictures could not be/);
    },
  );
});

test('a blank picture is not OK in an evaluation either', async () => {
  const [folder, out] = [join(at('blank'), 'tile'), at('blank-out')];
  for (const name of ['good', 'bad']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'bad', 'black.png'), await drawn(() => [0, 0, 0]));
  writeFileSync(join(folder, 'bad', 'drawn.png'), readFileSync(picture));
  writeFileSync(join(folder, 'good', 'other.png'), await drawn((x, y) => [y * 5, x * 4, 99]));
  const io = recordingIo();
  expect(await main(['evaluate', '--model', model, '--data', folder, '--out', out], io)).toBe(0);
  const lines = readFileSync(join(out, 'scores.jsonl'), 'utf8').trim().split('\n');
  const verdicts = lines.map((line) => JSON.parse(line) as { file: string; verdict: string });
  expect(Object.fromEntries(verdicts.map(({ file, verdict }) => [file, verdict]))).toMatchObject({
    'bad/black.png': 'REVIEW',
    'bad/drawn.png': 'OK',
  });
  // the page draws its verdicts from the manifest
  const { items } = readManifest(readFileSync(join(out, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  const blank = items.filter((item) => item.blank);
  expect(blank.map(({ file }) => file)).toEqual(['bad/black.png']);
});

test('a picture of no product is UNKNOWN, by any option, and in an evaluation and its manifest', async () => {
  ofAnotherProduct();
  const [folder, out] = [join(at('strange'), 'tile'), at('strange-out')];
  for (const name of ['good', 'bad']) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, `${name}.png`), readFileSync(picture));
  }
  for (const more of [[], ['--class', 'tile']]) {
    const io = recordingIo();
    expect(await main(['predict', picture, '--model', model, '--backend', 'wasm', ...more], io)).toBe(0);
    const [line] = io.stdout.split('\n');
    expect(JSON.parse(line!)).toMatchObject({
      verdict: 'UNKNOWN',
      doubts: [expect.stringMatching(/looks like no product/)],
      scoreOfLimit: expect.any(Number) as number,
    });
    expect(io.stderr).toMatch(/1 picture: 1 UNKNOWN/);
  }
  const io = recordingIo();
  expect(await main(['evaluate', '--model', model, '--data', folder, '--out', out], io)).toBe(0);
  expect(io.stdout).toMatch(/1 of 1 defective pictures caught.*1 UNKNOWN/);
  const lines = readFileSync(join(out, 'scores.jsonl'), 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Line).verdict)).toEqual(['UNKNOWN']);
  const { items } = readManifest(readFileSync(join(out, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  expect(items.map(({ fit }) => fit)).toEqual(['no']);
});

test('a reject threshold that no score can reach is read; a review threshold that none can reach makes OK REVIEW', async () => {
  // version 0.1.0 wrote such thresholds: one outlier among four held-back pictures gave review 0.527 and reject 0.988
  withText('info', (text) => text.replace('"reject":0.66', '"reject":0.988'));
  expect(await predicted()).toMatchObject({ code: 0, lines: [{ verdict: 'OK', doubts: [] }] });
  withText('info', (text) => text.replaceAll('0.66', '0.7'));
  expect(await predicted()).toMatchObject({
    code: 0,
    lines: [
      { verdict: 'REVIEW', doubts: [expect.stringMatching(/no score can reach the review threshold/)] },
    ],
  });
});

test('thresholds that no score can reach are none: every picture would be OK', () => {
  expect(usable({ ...LENIENT, review: 0.67, reject: 0.67 })).toBeUndefined();
  expect(usable(LENIENT)).toBe(LENIENT);
  const onlyReject = { ...LENIENT, reject: 0.988 };
  expect(usable(onlyReject)).toBe(onlyReject);
  expect(usable(undefined)).toBeUndefined();
});

describe('report', () => {
  const run = at('run');
  const kept = fileURLToPath(new URL('fixtures/run-0.1.0/run', import.meta.url));
  const scores = join(run, 'scores.jsonl');
  const metrics = join(run, 'metrics.json');

  beforeEach(() => {
    rmSync(run, { recursive: true, force: true });
    cpSync(kept, run, { recursive: true });
  });

  const reported = async () => {
    const io = recordingIo();
    const code = await main(['report', run], io);
    return { code, err: io.stderr };
  };

  test('is written for an intact run', async () => {
    expect(await reported()).toEqual({ code: 0, err: '' });
    expect(existsSync(join(run, 'report', 'report.html'))).toBe(true);
  });

  /** Changes the first line of scores.jsonl that has a verdict of `verdict`. */
  const line =
    (verdict: string, change: (line: Record<string, unknown>) => Record<string, unknown>) => () => {
      const lines = readFileSync(scores, 'utf8').trim().split('\n');
      const at = lines.findIndex((text) => text.includes(`"verdict":"${verdict}"`));
      expect(at).toBeGreaterThanOrEqual(0);
      lines[at] = JSON.stringify(change(JSON.parse(lines[at]!) as Record<string, unknown>));
      writeFileSync(scores, lines.join('\n'));
    };
  type Thresholds = Record<string, Record<string, unknown>>;
  const thresholds = (change: (all: Thresholds) => Thresholds) => () => {
    const all = JSON.parse(readFileSync(metrics, 'utf8')) as { thresholds: Thresholds };
    writeFileSync(metrics, JSON.stringify({ ...all, thresholds: change(all.thresholds) }));
  };

  const DAMAGES: [string, () => void][] = [
    ['a rejected picture called OK', line('NG', (one) => ({ ...one, verdict: 'OK' }))],
    ['an OK with no score', line('OK', (one) => ({ ...one, score: null }))],
    ['an OK with a score that is text', line('OK', (one) => ({ ...one, score: '0.1' }))],
    ['an OK with the score of a defect', line('OK', (one) => ({ ...one, score: 0.6 }))],
    ['an OK of a class without thresholds', line('OK', (one) => ({ ...one, class: 'cork' }))],
    ['a verdict nobody knows', line('OK', (one) => ({ ...one, verdict: 'FINE' }))],
    ['a picture neither good nor defective', line('OK', (one) => ({ ...one, label: 2 }))],
    ['thresholds that are missing', thresholds(() => ({}))],
    [
      'thresholds of null',
      thresholds((all) =>
        Object.fromEntries(
          Object.entries(all).map(([name, one]) => [name, { ...one, review: null, reject: null }]),
        ),
      ),
    ],
    [
      'thresholds that no score can reach',
      thresholds((all) =>
        Object.fromEntries(
          Object.entries(all).map(([name, one]) => [name, { ...one, review: 9, reject: 9 }]),
        ),
      ),
    ],
    ['half a file of scores', () => writeFileSync(scores, readFileSync(scores).subarray(0, 300))],
    ['half a file of metrics', () => writeFileSync(metrics, readFileSync(metrics).subarray(0, 300))],
    ['no scores', () => rmSync(scores)],
  ];
  test.each(DAMAGES)('is refused with the reason: %s', async (_, damage) => {
    damage();
    const { code, err } = await reported();
    expect(code).toBe(2);
    expect(err).toMatch(/^error: (.*\w\W+){5}/m);
    expect(existsSync(join(run, 'report'))).toBe(false);
  });
});
