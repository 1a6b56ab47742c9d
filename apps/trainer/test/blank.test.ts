// A covered lens among the good pictures: what it scores must not become a limit.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { readModelInfo, type Calibration } from '@pyramid-mamba/model';
import { beforeAll, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

// few drawn defects and no turned products: what is tested is which pictures count
vi.mock('../src/training/bank/orientation.js', async (load) => ({
  ...(await load<typeof import('../src/training/bank/orientation.js')>()),
  orientationGains: () => Promise.resolve({}),
}));
vi.mock('@pyramid-mamba/inspect', async (load) => {
  const actual = await load<typeof import('@pyramid-mamba/inspect')>();
  const testModel: typeof actual.testModel = (model, pictures, options) =>
    actual.testModel(model, pictures, { ...options, budget: 9 });
  return { ...actual, testModel };
});

const home = temporaryFolder();
const data = join(home, 'data');
const folder = join(home, 'run');
const run = async (line: string) => {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
};

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(join(home, 'encoder'));
  for (const [split, level] of [
    ['train', 0],
    ['test', 2],
  ] as const) {
    const pixels = new Uint8Array(3 * 64 * 64).fill(level);
    writeFileSync(
      join(data, 'tile', split, 'good', 'covered.png'),
      await encodePngRgb({ width: 64, height: 64, data: pixels }),
    );
  }
});

const NOTE = (split: string) =>
  new RegExp(
    `note: the good picture \\S*${split}/good/covered\\.png is blank, .* so it sets no thresholds; remove it`,
  );

test('train names it, and its thresholds and self-test are of the other pictures', async () => {
  const { code, out, err } = await run(
    `train ${data} --quick --out ${folder} --encoder ${home}/encoder --cache ${home}/cache --backend wasm --workers 1 --input-size 64`,
  );
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(NOTE('train'));
  const { info } = readModelInfo(readFileSync(join(folder, 'model.safetensors')), 'model');
  expect(info.calibration!['tile']!.goodCount).toBe(4);
  expect(info.selfTest!['tile']!.good.pictures).toBe(4);
});

test('evaluate does the same with a test picture', async () => {
  const { code, out, err } = await run(`evaluate ${folder} --backend wasm --replace-thresholds`);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(NOTE('test'));
  const { thresholds } = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as {
    thresholds: Record<string, Calibration>;
  };
  expect(thresholds['tile']!.goodCount).toBe(thresholds['wood']!.goodCount);
});
