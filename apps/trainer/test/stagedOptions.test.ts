// What `train` reads from its options before it trains: whether in stages, for how long, and into which folder.
import { describe, expect, test } from 'vitest';
import { newRunFolder, productOf } from '../src/run/naming.js';
import { timeSpan } from '../src/settings/options.js';
import { singleMethodBy } from '../src/settings/stages.js';

describe('one method is trained alone by', () => {
  const none = { pss: true, lec: true, noise: true };

  test.each([
    [{ method: 'patchcore' }, '--method'],
    [{ preset: 'tiny' }, '--preset'],
    [{ epochs: 1 }, '--epochs'],
    [{ maxSteps: 1 }, '--max-steps'],
    [{ batchSize: 8 }, '--batch-size'],
    [{ lr: 1e-3 }, '--lr'],
    [{ grids: [1] }, '--grids'],
    [{ pss: false }, '--no-pss'],
    [{ lec: false }, '--no-lec'],
    [{ noise: false }, '--no-noise'],
  ])('the option %j', (option, name) => {
    expect(singleMethodBy({ ...none, ...option }, {}, '--set')).toBe(name);
  });

  test('settings of a method, and by nothing else', () => {
    expect(singleMethodBy(none, { train: { lr: 1e-3 } }, 'my.yaml')).toBe('"train" in my.yaml');
    expect(singleMethodBy(none, { preset: 'tiny' }, 'my.yaml')).toBe('"preset" in my.yaml');
    expect(singleMethodBy(none, {}, '--set')).toBe(undefined);
  });
});

test('a run is named by date and product, and never as one that exists', () => {
  const day = new Date(2026, 10, 5);
  expect(newRunFolder('bottle', day, () => false)).toMatch(/\bruns.2026-11-05-bottle$/);
  const taken = ['2026-11-05-M6-bolt', '2026-11-05-M6-bolt-2'];
  const there = (path: string) => taken.some((name) => path.endsWith(name));
  expect(newRunFolder('M6 bolt', day, there)).toMatch(/\bruns.2026-11-05-M6-bolt-3$/);
  expect(newRunFolder('a/b', day, () => false)).toMatch(/\bruns.2026-11-05-a_b$/);
  expect(productOf({ classes: ['bottle'] }, '/photos')).toBe('bottle');
  expect(productOf({ classes: ['bottle', 'cable'] }, '/photos/line 3')).toBe('line 3');
  expect(productOf({ classes: ['tile'] }, 'synthetic')).toBe('synthetic');
});

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['30 min', 1800],
  ['1.5h', 5400],
])('a time of %s has %i seconds', (text, seconds) => expect(timeSpan(text)).toBe(seconds));
