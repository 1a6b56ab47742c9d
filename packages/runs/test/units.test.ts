import { expect, test } from 'vitest';
import { COLOR_MAP, duration, FIGURES, heatPosition, HEADINGS, scaleOf } from '../src/index.js';

test('durations are readable, short and spelt out', () => {
  const seconds = [5, 75, 3599.6, 7300];
  expect(seconds.map((one) => duration(one))).toEqual(['5s', '1m15s', '1h00m', '2h01m']);
  expect(seconds.map((one) => duration(one, 'spelt'))).toEqual([
    '5 s',
    '1 min 15 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
});

test('columns have full names, and headings that name a level once', () => {
  expect(FIGURES.at(2)).toBe('image F1-max');
  expect(FIGURES.at(-1)).toBe('AU-PRO');
  expect(HEADINGS).toEqual(['image AU-ROC', 'AP', 'F1-max', 'pixel AU-ROC', 'AP', 'F1-max', 'AU-PRO']);
});

test('a colour scale starts at the level of good pictures, is half-way at the reject threshold, and is never empty', () => {
  const scale = scaleOf({ background: 0.1, reject: 0.3 }, new Float32Array());
  expect([0, 0.1, 0.3, 0.5, 9].map((score) => heatPosition(score, scale))).toEqual([
    0,
    0,
    expect.closeTo(0.5, 9),
    1,
    1,
  ]);
  expect(heatPosition(0.2, { low: 0.2, high: 0.2 })).toBe(0);
  expect(COLOR_MAP).toHaveLength(256 * 3);
});
