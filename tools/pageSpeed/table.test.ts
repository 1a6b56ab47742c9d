import { expect, test } from 'vitest';
import { loadSentence, medianOf, tableOf, type Measured } from './table.ts';

const interaction = (max: number): NonNullable<Measured['whileJudging']> => ({
  frames: 100,
  longest: { wall: max, cpu: max / 2 },
  work: { wall: { median: 5, p95: max / 2, max }, cpu: { median: 2, p95: max / 4, max: max / 2 } },
  interval: { median: 16, p95: 20, max },
  workers: 1.9,
});

test('each figure of the page stands beside what is wanted of it', () => {
  const found: Measured = {
    scriptBytes: 176_380,
    pictures: 24,
    usable: 40_300,
    answered: 41_060,
    verdicts: [300, 200, 900, 260],
    folder: { pictures: 300, milliseconds: 42_900, cores: 2 },
    whileTraining: interaction(24),
    whileJudging: interaction(80),
  };
  expect(tableOf(found).split('\n')).toEqual([
    '| | wanted | measured |',
    '| --- | --- | --- |',
    '| script of the first load, gzip | at most 200 KB | 176.4 KB |',
    '| first verdict, from the drop of 24 pictures of 256×256 | at most 60 s | 41.1 s; a model can be used after 40.3 s |',
    '| verdict of one picture, median of 4 | at most 500 ms | 280 ms, slowest 900 ms |',
    '| folder of 300 pictures | on all cores | 42.9 s on 2, 143 ms per picture |',
    '| longest frame while it trains | at most 50 ms | 24 ms, 95 % within 12 ms; of CPU time 12 ms, 6 ms |',
    '| longest frame while it judges | at most 50 ms | 80 ms, 95 % within 40 ms; of CPU time 40 ms, 20 ms |',
  ]);
  expect(tableOf({ ...found, whileTraining: null })).toContain('not measured: the work ended before');
  expect(medianOf([3, 1, 2])).toBe(2);
});

test('a busy machine is named as such', () => {
  expect(loadSentence(0.2, 2.1, 2)).toBe(
    'Load 0.2 before it began, 2.1 at the end (its own work among it), 2 cores.',
  );
  expect(loadSentence(4, 6, 2)).toMatch(/Other programs were running/);
});
