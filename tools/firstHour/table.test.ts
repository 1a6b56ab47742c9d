import { expect, test } from 'vitest';
import { tableOf } from './table.ts';

test('a row tells times, the method in use, the self-test and how often each verdict was given', () => {
  const table = tableOf([
    {
      product: 'nut',
      seed: 2,
      first: 41.6,
      whole: 700,
      method: 'patchcore',
      passed: false,
      sentence: '',
      defective: { NG: 5, REVIEW: 2 },
      good: { OK: 3, none: 1 },
    },
  ]);
  const [, , row] = table.split('\n');
  expect(row).toBe('| nut, 2 | 42 | 700 | patchcore | failed | 0 / 2 / 5 / 0 | 3 / 0 / 0 / 0, none 1 |');
});
