import { expect, test } from 'vitest';
import { EdgeIndex } from '../src/counting/edgeIndex.js';
import { seeded } from './random.js';

test.each([
  ['spread evenly', (u: number) => u],
  ['clustered, with one far away', (u: number) => (u > 0.999 ? 1e30 : u)],
  ['of the whole range of float64', (u: number) => (u - 0.5) * Number.MAX_VALUE * 2],
  ['of few values', (u: number) => Math.floor(u * 3)],
  ['subnormal', (u: number) => Math.floor(u * 50) * Number.MIN_VALUE],
])('EdgeIndex counts the edges below a score when edges are %s', (_, value) => {
  const random = seeded(81);
  for (const n of [0, 1, 2, 700]) {
    const edges = Float64Array.from(new Set(Float64Array.from({ length: n }, () => value(random())))).sort();
    const index = new EdgeIndex(edges);
    const asked = [...edges, -Number.MAX_VALUE, Number.MAX_VALUE, 0, -0, 1, value(0.3), value(0.9999)];
    for (const score of asked) {
      expect(index.find(score)).toBe(edges.filter((edge) => edge < score).length);
    }
  }
});
