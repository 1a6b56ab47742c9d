// A memory bank through the commands that follow `train`: evaluate, predict and report read nothing of its name.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const bank = join(home, 'bank');

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  expect(io.stderr).not.toMatch(/error/i);
  expect(code, io.stderr).toBe(0);
  return io.stdout;
}

const read = (path: string) => readFileSync(join(bank, path), 'utf8');
const json = (path: string) => JSON.parse(read(path)) as Record<string, unknown>;
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  await tinyDataset(join(home, 'data'));
  tinyEncoder(join(home, 'encoder'));
  await run(
    `train --method patchcore --data ${home}/data --out ${bank} --encoder ${home}/encoder --cache ${home}/cache --backend wasm --input-size 64`,
  );
  await run(`evaluate ${bank} --backend wasm`);
});

test('evaluate measures every class, sets thresholds and draws maps', () => {
  const metrics = json('metrics.json') as {
    classes: Record<string, { image: { auroc: number }; pixel: { auroc: number } }>;
    thresholds: Record<string, { review: number; reject: number }>;
  };
  for (const name of ['tile', 'wood']) {
    const { image, pixel } = metrics.classes[name]!;
    expect([image.auroc, pixel.auroc].every((value) => value >= 0 && value <= 1)).toBe(true);
    const { review, reject } = metrics.thresholds[name]!;
    // distances have no upper bound, unlike the scores of the paper's network
    expect(review).toBeLessThanOrEqual(reject);
    expect(Number.isFinite(reject)).toBe(true);
  }
  const scores = lines(read('scores.jsonl'));
  expect(scores.every(({ verdict }) => ['OK', 'REVIEW', 'NG', 'UNKNOWN'].includes(verdict as string))).toBe(
    true,
  );
  for (const { map } of scores) expect(existsSync(join(bank, 'maps', map as string))).toBe(true);
});

test('predict gives a test picture the score that evaluate gave it', async () => {
  const [first] = lines(read('scores.jsonl'));
  const folder = join(home, 'data', (first!['file'] as string).split('/').slice(0, -1).join('/'));
  const out = await run(`predict ${folder} --model ${bank} --backend wasm --class ${first!['class']} --json`);
  const name = (first!['file'] as string).split('/').at(-1)!;
  const judged = lines(out).find(({ file }) => (file as string).endsWith(name))!;
  expect(judged['score'] as number).toBeCloseTo(first!['score'] as number, 5);
  expect(judged['verdict']).toBe(first!['verdict']);
});

test('report and viewer have the maps', async () => {
  await run(`report ${bank}`);
  expect(read('report/report.html')).toMatch(/PatchCore|patchcore/);
  expect(json('viewer/viewer.json')).toMatchObject({ model: { method: 'patchcore' } });
});
