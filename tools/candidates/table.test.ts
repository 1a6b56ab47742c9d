import { expect, test } from 'vitest';
import { candidatesOf, tableOf } from './table.ts';

const figures = (value: number, auroc: number | null = value) => ({
  image: { auroc, ap: value, f1max: value },
  pixel: { auroc: value, ap: value, f1max: value, aupro: value },
});

test('a table has a row for each class and the mean, marks the model in use, and averages three figures', () => {
  const table = tableOf([
    {
      encoder: 'embedded',
      method: 'ensemble',
      isUsed: true,
      metrics: { classes: { nut: figures(0.5), bolt: figures(0.7, null) }, mean: figures(0.6, 0.9) },
    },
  ]);
  const rows = table.trim().split('\n');
  expect(rows).toHaveLength(5);
  expect(rows[2]).toBe(`| embedded | ensemble (in use) | nut |${' 0.500 |'.repeat(8)}`);
  expect(rows[3]).toMatch(/\| bolt \| – \| .* \| – \|$/);
  expect(rows[4]).toMatch(/\| mean \| 0\.900 \| .* \| 0\.700 \|$/);
});

test('the models of a run are those of its stages, and both together', () => {
  const settings: { model: { method?: string } }[] = [{ model: { method: 'patchcore' } }, { model: {} }];
  expect(candidatesOf({ stages: { settings } })).toEqual(['patchcore', 'pyramid-mamba', 'ensemble']);
  settings[1]!.model.method = 'rd4ad';
  expect(candidatesOf({ stages: { settings } })).toEqual(['patchcore', 'rd4ad', 'ensemble']);
});
