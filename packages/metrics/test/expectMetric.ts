import { expect } from 'vitest';
import type { Metric } from '../src/index.js';

/** Fails on null, NaN and infinities too. */
export function expectValue(name: string, metric: Metric, want: number, tolerance = 1e-12): void {
  expect(metric.value, `${name} is defined, ${JSON.stringify(metric)}`).not.toBeNull();
  const error = Math.abs(metric.value! - want);
  expect(error <= tolerance, `${name}: got ${metric.value}, want ${want} within ${tolerance}`).toBe(true);
}

export function expectUndefined(name: string, metric: Metric, reason: RegExp): void {
  if (metric.value !== null) expect.fail(`${name} must be null, got ${metric.value}`);
  expect(metric.reason, name).toMatch(reason);
}
