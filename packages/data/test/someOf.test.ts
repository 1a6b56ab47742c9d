import { expect, test } from 'vitest';
import { someOf } from '../src/index.js';

test('few names are all named, of many the first ones and the number of the others', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `p${i}`);
  expect(someOf([])).toBe('');
  expect(someOf(names.slice(0, 2))).toBe('p0, p1');
  expect(someOf(names.slice(0, 4), 3)).toBe('p0, p1, p2, p3');
  expect(someOf(names.slice(0, 5), 3)).toBe('p0, p1, p2, … and 2 more');
  expect(someOf(names)).toMatch(/^p0, .*, p11, … and 988 more$/);
});
