// The JSON output of every command: one document on stdout and nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { answer } from '../src/terminal/io.js';
import { main } from '../src/main.js';
import { recordingIo, SMALL_NETWORK, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const [data, run, encoder] = [join(home, 'data'), join(home, 'run'), join(home, 'encoder.safetensors')];

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(encoder);
});

async function call(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

const TRAIN = `train --data ${data} --out ${run} --encoder ${encoder} --cache ${join(home, 'cache')} --backend wasm --input-size 64 --batch-size 4 --epochs 2 --workers 1 ${SMALL_NETWORK}`;

test('train prints its result as one document; progress and notes go to stderr', async () => {
  const { code, out, err } = await call(`${TRAIN} --hold-back 0.5 --json`);
  expect(code).toBe(0);
  const log = readFileSync(join(run, 'train.jsonl'), 'utf8').trimEnd().split('\n');
  const last = JSON.parse(log.at(-1)!) as { loss: number };
  expect(JSON.parse(out)).toEqual({
    run,
    config: join(run, 'config.json'),
    log: join(run, 'train.jsonl'),
    model: join(run, 'model.safetensors'),
    summary: expect.stringMatching(/^not evaluated · 2 classes · tiny, /) as unknown,
    classes: ['tile', 'wood'],
    trainingPictures: 4,
    heldBack: 4,
    notices: [],
    backend: 'wasm',
    steps: 2,
    epochs: 2,
    loss: last.loss,
    seconds: expect.any(Number) as unknown,
    thresholds: {
      tile: expect.objectContaining({ method: 'quantile', goodCount: 2 }) as unknown,
      wood: expect.objectContaining({ method: 'quantile', goodCount: 2 }) as unknown,
    },
  });
  for (const line of ['data: ', 'training: ', 'model: ', 'summary: '])
    expect(err).toContain(`\n${line}`.trim());
});

test('evaluate prints the metrics, the thresholds and the paths of the files', async () => {
  const { code, out, err } = await call(`evaluate ${run} --json`);
  expect(code).toBe(0);
  const found = JSON.parse(out) as Record<string, unknown> & {
    files: Record<string, string>;
    summary: string;
  };
  const {
    heatMapScale,
    evaluated: _,
    ...metrics
  } = JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8')) as Record<string, unknown>;
  expect(heatMapScale).toBeDefined();
  expect(found).toEqual({
    ...metrics,
    summary: found.summary,
    files: found.files,
    outcomes: found.outcomes,
    notices: [],
  });
  expect(found.outcomes).toMatchObject({ tile: { good: 5, withoutVerdict: 0 } });
  for (const path of Object.values(found.files)) expect(existsSync(path), path).toBe(true);
  expect(err).toMatch(/\nmean( +[01]\.\d{3}){7}\n/);
});

test('a summary line is the last output of evaluate and report, and a file of the run', async () => {
  const { out } = await call(`evaluate ${run}`);
  const line = readFileSync(join(run, 'summary.txt'), 'utf8');
  expect(line).toMatch(
    /^image AU-ROC [\d.]+ AP [\d.]+ · pixel AU-ROC .* · 2 classes · tiny, .* seed 1 · wasm, .*\n$/,
  );
  expect(out.endsWith(`\nsummary: ${line}`)).toBe(true);
  const report = await call(`report ${run} --json`);
  expect(JSON.parse(report.out)).toEqual({
    report: join(run, 'report', 'report.html'),
    paragraph: expect.stringMatching(/pictures of tile and wood were inspected/) as unknown,
    summary: line.trimEnd(),
  });
  expect(readFileSync(join(run, 'report', 'report.md'), 'utf8')).toContain(line.trimEnd());
});

test('a model evaluated on other data gets no summary', async () => {
  const { out } = await call(
    `evaluate --model ${join(run, 'model.safetensors')} --data ${data} --out ${join(home, 'else')} --backend wasm --json`,
  );
  expect((JSON.parse(out) as { summary: null }).summary).toBe(null);
  expect(existsSync(join(home, 'else', 'summary.txt'))).toBe(false);
});

test('small commands print JSON too', async () => {
  const drawn = await call(
    `data synth ${join(home, 'drawn')} --classes tile --train 2 --good 1 --per-defect 1 --size 32 --json`,
  );
  expect(JSON.parse(drawn.out)).toMatchObject({ folder: join(home, 'drawn'), classes: ['tile'], train: 2 });
  const file = join(home, 'converted.safetensors');
  const converted = await call(`weights convert ${encoder} --out ${file} --json`);
  expect(JSON.parse(converted.out)).toMatchObject({ file });
  const checked = await call(`data check ${data} --json`);
  expect(JSON.parse(checked.out)).toMatchObject({ errors: 0 });
});

test('a failing command leaves stdout empty and prints the reason to stderr', async () => {
  const { code, out, err } = await call(`${TRAIN} --json`);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^error: --out: .* already contains a run/m);
});

test('progress overwrites itself if stderr is a terminal', async () => {
  const io = { ...recordingIo(), errIsTTY: true };
  await answer(io, true, async (talk) => {
    expect(talk.isTTY).toBe(true);
    talk.out('said');
    return Promise.resolve({ done: 1 });
  });
  expect(io.stdout).toBe('{\n  "done": 1\n}\n');
  expect(io.stderr).toBe('said');
});

test('the help of every command fits on a screen, with an example and its JSON option', async () => {
  const commands = [
    'demo',
    'train',
    'evaluate',
    'predict',
    'report',
    'ablate',
    'compare',
    'data check',
    'data synth',
    'weights list',
    'weights fetch',
    'weights convert',
    'doctor',
    'view',
  ];
  for (const command of commands) {
    const { code, out } = await call(`${command} --help`);
    expect(code).toBe(0);
    expect(out, command).toMatch(/\nExamples?:\n {2}pyramid-mamba /);
    expect(out, command).toMatch(command === 'predict' ? /one line of JSON each/ : /--json/);
    expect(out.split('\n').length, command).toBeLessThanOrEqual(50);
  }
});
