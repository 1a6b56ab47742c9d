// What is usual for each model of a station, after restarts and beside other models.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { Result } from '../../src/serve/journal/entries.js';
import type { ModelInUse } from '../../src/serve/judging/models.js';
import { DriftListener } from '../../src/serve/drift/driftListener.js';
import { temporaryFolder } from '../kit.js';

const log = pino({ level: 'silent' });
const model = (name: string, hash = 'a'): ModelInUse => ({
  name,
  file: { sha256: hash.repeat(64), path: '' },
  bytes: 1,
  info: { classes: ['tile'] } as unknown as ModelInfo,
  since: '',
});
const open = (path: string) => DriftListener.open(path, log, () => undefined);
const judged = (listener: DriftListener, by: ModelInUse, brightness: number, times: number) => {
  for (let i = 0; i < times; i++)
    listener.judged(
      { class: 'tile', verdict: 'OK', scoreOfLimit: 0.5 } as Result,
      {
        line: {} as never,
        appearance: { brightness, warmth: 0, coolness: 0, sharpness: 0, x: 0.5, y: 0.5 },
      },
      by,
    );
};

test('what is usual for a model that has judged nothing since a restart is kept through the next one', async () => {
  const path = join(temporaryFolder(), 'drift.json');
  const first = await open(path);
  for (const name of ['left', 'right']) judged(first, model(name), 0.5, 40);
  await first.save();
  const second = await open(path);
  judged(second, model('left'), 0.5, 1);
  await second.save();
  const third = await open(path);
  // darker than what was usual, not what is usual from now on
  judged(third, model('right'), 0.3, 10);
  expect(third.warnings().map(({ message }) => message)).toEqual([
    expect.stringMatching(/pictures are darker than usual/),
  ]);
  // another model of the name begins anew
  judged(third, model('right', 'b'), 0.3, 40);
  expect(third.warnings()).toEqual([]);
  await third.save();
  expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)).toEqual([
    `left/${'a'.repeat(64)}`,
    `right/${'b'.repeat(64)}`,
  ]);
});

test('a warning of one model is not ended, nor covered in the figures, by another model of the same product', async () => {
  const path = join(temporaryFolder(), 'drift.json');
  const listener = await open(path);
  const [left, right] = [model('left'), model('right')];
  for (const one of [left, right]) judged(listener, one, 0.5, 40);
  judged(listener, left, 0.3, 10);
  judged(listener, right, 0.5, 10);
  const brightness = listener.figures().filter(({ what }) => what === 'brightness');
  expect(brightness).toMatchObject([{ className: 'tile', active: true }]);
  expect(brightness[0]!.deviation).toBeLessThan(-5);
  const { since } = listener.warnings()[0]!;
  // a restart tells of it, too
  await listener.save();
  const again = await open(path);
  judged(again, left, 0.3, 1);
  expect(again.warnings()).toHaveLength(1);
  expect(listener.warnings()).toMatchObject([{ since }]);
  judged(again, left, 0.5, 60);
  expect(again.warnings()).toEqual([]);
});
