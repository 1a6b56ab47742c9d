import { expect, test } from 'vitest';
import { BinnedQuantile, quantile } from '../src/index.js';
import { seeded } from './random.js';

const SHARES = [0, 0.01, 0.3, 0.5, 0.95, 0.99, 1];

test('quantiles of counted values are those of sorted ones, or up to 1/2048 more', () => {
  const random = seeded(3);
  const values = Float32Array.from({ length: 5000 }, (_, i) =>
    i % 50 === 0 ? 0 : (random() - 0.4) * 10 ** (6 * random() - 3),
  );
  const counted = new BinnedQuantile();
  for (let i = 0; i < values.length; i += 700) counted.add(values.subarray(i, i + 700));
  for (const q of SHARES) {
    const exact = quantile(values, q);
    const found = counted.quantile(q);
    expect(found).toBeGreaterThanOrEqual(exact);
    expect(found - exact).toBeLessThanOrEqual(Math.abs(exact) / 2048 + 1e-41);
  }
});

test('equal values are their own quantiles, and an empty set has none', () => {
  const counted = new BinnedQuantile();
  expect(() => counted.quantile(0.5)).toThrow(RangeError);
  counted.add(Float32Array.of(2, 2, 2));
  for (const q of SHARES) expect(counted.quantile(q)).toBeCloseTo(2, 2);
});
