import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withModelInfo, type Calibration, type ModelInfo } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { keptThresholds, weightsDigest } from '../src/evaluation/thresholdsKept.js';
import { rate } from '../src/settings/options.js';
import { temporaryFolder } from './kit.js';

const example = fileURLToPath(new URL('../../viewer/public/example/model.safetensors', import.meta.url));
const home = temporaryFolder();

const calibration = (review: number, over: Partial<Calibration> = {}): Calibration => ({
  review,
  reject: 0.2,
  method: 'quantile',
  goodCount: 5,
  defectCount: 0,
  scoreRange: [0, 0.1],
  background: 0,
  ...over,
});

test('results are of a model file with its areas: other thresholds do not make them stale, other areas do', () => {
  const bytes = readFileSync(example);
  const digest = (change: (info: ModelInfo) => ModelInfo) =>
    weightsDigest(withModelInfo(bytes, example, change), example);
  const as = digest((info) => info);
  const areas = {
    bottle: {
      use: [],
      ignore: [
        [
          [0, 0],
          [1, 0],
          [0, 1],
        ] as [number, number][],
      ],
    },
  };
  expect(as).toBe(weightsDigest(bytes, example));
  expect(digest((info) => ({ ...info, calibration: { bottle: calibration(0.1) } }))).toBe(as);
  const without = digest((info) => ({ ...info, areas }));
  expect(without).not.toBe(as);
  const other = { bottle: { use: areas.bottle.ignore, ignore: [] } };
  expect(digest((info) => ({ ...info, areas: other }))).not.toBe(without);
});

test('thresholds of a self-test with more good pictures stay, and no evaluation lifts their review threshold', async () => {
  const file = join(home, 'model.safetensors');
  const drawn = { method: 'drawn' as const, goodCount: 30 };
  const stored = {
    bottle: calibration(0.1, drawn),
    tile: calibration(0.1, drawn),
    wood: calibration(0.1, { method: 'quantile' }),
  };
  const bytes = withModelInfo(readFileSync(example), file, (info) => ({ ...info, calibration: stored }));
  writeFileSync(file, bytes);
  const found = {
    bottle: calibration(0.15),
    tile: calibration(0.15, { method: 'f1', defectCount: 3 }),
    wood: calibration(0.15),
  };
  const kept = (replace: boolean) =>
    keptThresholds(file, weightsDigest(bytes, file), ['bottle', 'tile', 'wood'], found, replace);
  const { calibration: now, better, manual } = await kept(false);
  expect([better, manual]).toEqual([['bottle'], []]);
  expect(now).toEqual({ bottle: stored.bottle, tile: { ...found.tile, review: 0.1 }, wood: found.wood });
  expect((await kept(true)).calibration).toEqual(found);
});

test('a share of false rejects is a number or a percentage between 0 and 1', () => {
  expect(['1%', '0.01', '.5', '2.5 %'].map(rate)).toEqual([0.01, 0.01, 0.5, 0.025]);
  for (const text of ['0', '1', '100%', '', '%', '-1%', 'x', '1e-3%'])
    expect(() => rate(text)).toThrow(/share between/);
});
