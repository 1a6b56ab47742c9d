import { expect, test } from 'vitest';
import { findRegions } from '../src/regions/mapRegions.js';

test('regions are boxes, areas, peaks and centres in pixels of the picture, the highest peak first', () => {
  const map = new Float32Array(16);
  map[5] = 0.5; // (1, 1)
  map[6] = 0.9; // (2, 1)
  map[12] = 0.95; // (0, 3)
  map[3] = 0.4;
  expect(findRegions(map, 4, 0.5, 40, 80)).toEqual([
    { box: [0, 60, 10, 20], area: 200, peak: { x: 5, y: 70, score: map[12] }, centroid: { x: 5, y: 70 } },
    { box: [10, 20, 20, 20], area: 400, peak: { x: 25, y: 30, score: map[6] }, centroid: { x: 20, y: 30 } },
  ]);
  expect(findRegions(map, 4, 2, 40, 80)).toEqual([]);
});
