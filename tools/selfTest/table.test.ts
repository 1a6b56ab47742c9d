import { expect, test } from 'vitest';
import { rankCorrelation, ranks, tableOf } from './table.ts';
import type { Measured } from './models.ts';

test('ranks are means where values are equal, and their correlation is Spearman’s', () => {
  expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
  expect(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 40])).toBeCloseTo(1);
  expect(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1);
  // Σd² = 2 + 2 of five: 1 − 6·4 / (5·24)
  expect(rankCorrelation([1, 2, 3, 4, 5], [2, 1, 3, 5, 4])).toBeCloseTo(0.8);
});

test('a table has a row a model, its figure beside what it makes of real defects', () => {
  const good = (score: number) => ({ kind: 'good', className: 'nut', picture: `${score}`, score, side: 256 });
  const drawn = (score: number) => ({
    ...good(score),
    picture: '1',
    kind: 'spot',
    size: 0.16,
    contrast: 2,
    seed: '1/0',
    peakInside: true,
    drawnAt: { width: 256, height: 256 },
  });
  const measured = (rows: number, ...scores: number[]) =>
    ({
      plan: { product: 'nut', encoder: 'untrained', side: 64, rows },
      records: [...[1, 2, 3].map(good), ...scores.map(drawn)],
      real: [
        { label: 1, score: scores[0] },
        { label: 0, score: 1 },
      ],
      seconds: 1,
    }) as unknown as Measured;
  const table = tableOf([measured(200, 0.5, 0.6), measured(1500, 8, 9)]);
  const [, , best, worst] = table.split('\n');
  expect(best).toMatch(
    /^\| nut \| untrained \| 64 \| 1500 \| 1\.000 \| 2 of 2 \| yes \| 1\.000 \| 0 of 1 \| 0 of 1 \|$/,
  );
  expect(worst).toMatch(/\| 200 \| 0\.333 \| 0 of 2 \| no \| 0\.000 \| 1 of 1 \|/);
  expect(table).toMatch(/2 models; rank correlation .*: 1\.000$/);
});
