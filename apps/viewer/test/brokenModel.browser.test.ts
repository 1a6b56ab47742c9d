// Broken models and empty pictures, judged by the real engine: never OK.
import {
  PyramidMamba,
  readSafetensors,
  saveModel,
  seededEncoderWeights,
  writeSafetensors,
} from '@pyramid-mamba/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWasm } from '../src/engine/backends/wasm.js';
import { EngineClient } from '../src/engine/client.js';
import { drawn, model as config, png } from './kit.js';

const client = new EngineClient();
let bytes: Uint8Array<ArrayBuffer>;
/** Thresholds by which every finite score would be OK. */
const kind = {
  review: 0.6,
  reject: 0.65,
  method: 'manual' as const,
  goodCount: 0,
  defectCount: 0,
  scoreRange: [0, 1] as [number, number],
  background: 0,
};

beforeAll(async () => {
  await startWasm();
  const seed = { seed: 1, random: 2 } as const;
  const made = PyramidMamba.create(config, await seededEncoderWeights(config.encoder, seed), seed);
  bytes = Uint8Array.from(
    await saveModel(made, {
      classes: ['tile', 'wood'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
      calibration: { tile: kind, wood: kind },
    }),
  );
  made.dispose();
  await client.start('wasm');
});
afterAll(() => client.end());

/** The model with each weight whose name matches replaced. */
function patched(name: RegExp, value: number): Blob {
  const { tensors, metadata } = readSafetensors(bytes, 'm');
  const changed = new Map(
    [...tensors].map(([key, tensor]) => [
      key,
      name.test(key) ? { ...tensor, data: new Float32Array(tensor.data.length).fill(value) } : tensor,
    ]),
  );
  return new Blob([writeSafetensors(changed, metadata)]);
}

const verdictOf = async (file: Blob, picture: Blob): Promise<string> => {
  try {
    await client.load(file, 'm.safetensors');
    return (await client.judge(picture, { className: 'tile' })).verdict ?? 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

test('a sound model and picture are OK by these thresholds', async () => {
  expect(await verdictOf(new Blob([bytes]), await png(drawn(0)))).toBe('OK');
});

test.each([
  ['decoder weights of NaN', /^(?!net_t)/, NaN],
  ['encoder weights of NaN', /^net_t/, NaN],
  ['infinite decoder weights', /^(?!net_t)/, Infinity],
  ['decoder weights of zero', /^(?!net_t)/, 0],
  ['encoder weights of zero', /^net_t/, 0],
])('a model with %s never gives OK', async (_, name, value) => {
  expect(await verdictOf(patched(name, value), await png(drawn(0)))).not.toBe('OK');
});

test('where the network computes nothing, the error has a next step', async () => {
  const text = await verdictOf(patched(/^(?!net_t)/, 0), await png(drawn(0)));
  expect(text).toMatch(/no verdict.*open another model, or reload the page/);
});

test.each([0, 128, 255])(
  'a blank picture, all %i, is never OK, and the judgement says why',
  async (value) => {
    await client.load(new Blob([bytes]), 'm.safetensors');
    const data = new Uint8Array(64 * 64 * 3).fill(value);
    const judgement = await client.judge(await png({ width: 64, height: 64, data }), { className: 'tile' });
    expect(judgement.verdict).toBe('REVIEW');
    expect(judgement.doubts.join()).toMatch(/blank/);
  },
);

test.each([
  ['infinite', Infinity],
  ['no numbers', NaN],
])('thresholds of a caller that are %s never give OK', async (_, value) => {
  await client.load(new Blob([bytes]), 'm.safetensors');
  const asked = { className: 'tile', thresholds: { tile: { review: value, reject: value } } };
  const verdict = await client.judge(await png(drawn(0)), asked).then(
    (found) => found.verdict,
    (error: Error) => error.message,
  );
  expect(verdict).not.toBe('OK');
});

test('a worker terminated while it judges rejects, and so do all later calls', async () => {
  const other = new EngineClient();
  const late = other.judge(await png(drawn(0)));
  other.end();
  await expect(late).rejects.toThrow(/closed before it answered/);
  await expect(other.start('wasm')).rejects.toThrow(/closed/);
});
