import { auroc } from '@pyramid-mamba/metrics';
import { PAPER_CLASSES, PAPER_MEAN, paperMeanOf } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import type { Item } from '../src/run/types.js';
import { fromScores, paperReference, runReference } from '../src/views/table/figures.js';

const items = [0.1, 0.4, 0.35, 0.8].map(
  (score, i) => ({ className: 'a', label: i < 2 ? 0 : 1, score }) as unknown as Item,
);

test('a run without metrics.json gets the image figures of its scores, the others with a reason', () => {
  const found = fromScores({ classes: ['a'], items });
  expect(found.classes['a']!.image.auroc).toBe(
    (auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) as { value: number }).value,
  );
  expect(found.mean.image.auroc).toBe(0.75);
  expect(found.mean.pixel.aupro).toBeNull();
  expect(found.undefined!['a.pixel.aupro']).toMatch(/no metrics\.json/);
});

test('figures are compared to the paper by class name, never for synthetic pictures, and the mean only for its own classes', () => {
  const all = Object.keys(PAPER_CLASSES);
  expect(paperReference({ dataset: 'synthetic', classes: ['bottle'] })).toBeUndefined();
  expect(paperReference({ dataset: 'mine', classes: ['toString'] })).toBeUndefined();
  expect(paperReference({ dataset: 'mvtec', classes: all })!.mean).toEqual(PAPER_MEAN);
  expect(paperReference({ dataset: 'mvtec', classes: ['bottle', 'tile'] })!.mean).toEqual(
    paperMeanOf(['bottle', 'tile']),
  );
  const some = paperReference({ dataset: 'mvtec', classes: ['bottle', 'tire'] })!;
  expect(some.mean).toBeUndefined();
  expect(Object.keys(some.classes)).toEqual(['bottle']);
});

test('figures are compared to another run’s mean if both have the same classes', () => {
  const other = fromScores({ classes: ['a'], items });
  expect(runReference(other, ['a']).mean![0]).toBe(75);
  expect(runReference(other, ['a', 'b']).mean).toBeUndefined();
});
