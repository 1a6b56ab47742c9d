import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floatsOf, loadModel, readSafetensors, withModelInfo, writeSafetensors } from '@pyramid-mamba/model';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder } from './kit.js';

// A run of version 0.1.0, see fixtures/run-0.1.0/README.md.
const kept = fileURLToPath(new URL('fixtures/run-0.1.0', import.meta.url));
const home = temporaryFolder();
const at = (...names: string[]) => join(home, ...names);

async function call(...line: string[]): Promise<string> {
  const io = recordingIo();
  const code = await main(line, io);
  expect(io.stderr).not.toMatch(/^error/m);
  expect(code).toBe(0);
  return io.stdout;
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(() => {
  mkdirSync(home, { recursive: true });
  cpSync(kept, home, { recursive: true });
});

test('a model file of version 0.1.0 judges bit-identically', async () => {
  const expected = lines(readFileSync(at('predictions.jsonl'), 'utf8'));
  const got: Record<string, unknown>[] = [];
  for (const name of ['bottle', 'tile'])
    got.push(
      ...lines(
        await call(
          'predict',
          at('data', name, 'test'),
          '--class',
          name,
          '--model',
          at('run'),
          '--backend',
          'wasm',
        ),
      ),
    );
  expect(got.length).toBe(expected.length);
  for (const [i, want] of expected.entries()) {
    const { file, ...judged } = got[i]!;
    const { file: wantedFile, ...rest } = want;
    expect(relative(home, String(file))).toBe(wantedFile);
    expect(judged).toMatchObject(rest);
  }
});

test('evaluating a run of version 0.1.0 gives the same figures', async () => {
  const figures = () =>
    JSON.parse(readFileSync(at('run', 'metrics.json'), 'utf8')) as Record<string, unknown>;
  const before = figures();
  await call('evaluate', at('run'), '--data', at('data'), '--backend', 'wasm');
  const after = figures();
  expect(after.mean).toEqual(before.mean);
  expect(after.classes).toMatchObject(before.classes as Record<string, unknown>);
});

test('a run of version 0.1.0 resumes to the weights of the uninterrupted one', async () => {
  await call('train', '--out', at('halfway'), '--resume', '--data', at('data'), '--cache', at('cache'));
  const read = (...names: string[]) => readSafetensors(readFileSync(at(...names)), names.join('/'));
  const [resumed, whole] = [read('halfway', 'model.safetensors'), read('run', 'model.safetensors')];
  expect([...resumed.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort());
  // the scan of version 0.1.0 rounded otherwise (KERNELS_VERSION)
  for (const [name, tensor] of whole.tensors) {
    const [wanted, got] = [floatsOf(tensor, name), floatsOf(resumed.tensors.get(name)!, name)];
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const apart = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
    // a bias before a normalisation has no gradient but roundings, which AdamW makes steps of
    expect(apart, name).toBeLessThanOrEqual(name.endsWith('.bias') ? 2e-3 : 3e-4 * largest);
  }
  expect(loadModel(readFileSync(at('halfway', 'model.safetensors')), 'resumed').info.classes).toEqual([
    'bottle',
    'tile',
  ]);
});

test('resuming a complete run of version 0.1.0 keeps its model file, and so a threshold set by hand', async () => {
  const resume = () =>
    call('train', '--out', at('halfway'), '--resume', '--data', at('data'), '--cache', at('cache'));
  await resume();
  // a file of 0.1.0 of the same weights, which names neither method nor encoder family
  const { metadata } = readSafetensors(readFileSync(join(kept, 'run', 'model.safetensors')), 'kept');
  const { tensors } = readSafetensors(readFileSync(at('halfway', 'model.safetensors')), 'resumed');
  const byHand = withModelInfo(writeSafetensors(tensors, metadata), 'model', (info) => {
    const bottle = { ...info.calibration!['bottle']!, review: 0.17, reject: 0.18, method: 'manual' as const };
    return { ...info, calibration: { ...info.calibration, bottle } };
  });
  writeFileSync(at('halfway', 'model.safetensors'), byHand);
  expect(await resume()).toMatch(/\(unchanged, with its thresholds\)\n/);
  expect(readFileSync(at('halfway', 'model.safetensors')).equals(byHand)).toBe(true);
});
