// Which of two methods ranks which pictures better.
import type { ComparedPicture } from '@pyramid-mamba/runs';
import { expect, test } from 'vitest';
import { besides } from '../src/views/comparison/pictures.js';

const picture = (file: string, ...standings: number[]): ComparedPicture => ({
  file,
  class: 'tile',
  label: 1,
  defect: 'crack',
  standings,
});
const found = {
  pictures: [
    picture('a', 1, 0.9),
    picture('b', 0.5, 0.5),
    picture('c', 0.2, 0.8),
    picture('d', 0.3, 0.3 + 1e-12),
  ],
};
const files = (which: 'all' | 'a' | 'b', a = 0, b = 1) =>
  besides(found, a, b, which).map((one) => one.picture.file);

test('pictures with a difference come by its size, equal ones do not, and each side has its own', () => {
  expect(files('all')).toEqual(['c', 'a']);
  expect(files('a')).toEqual(['a']);
  expect(files('b')).toEqual(['c']);
  expect(files('a', 1, 0)).toEqual(['c']);
});
