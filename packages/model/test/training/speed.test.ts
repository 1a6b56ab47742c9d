import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Speed } from '../../src/training/speed.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('pictures per second are finite where the clock has not moved', () => {
  expect(new Speed().after(8)).toBe(8000);
});

test('pictures per second count the last ten seconds', () => {
  const speed = new Speed();
  for (let step = 0; step < 20; step++) {
    vi.advanceTimersByTime(1000);
    speed.after(8);
  }
  vi.advanceTimersByTime(1000);
  expect(speed.after(80)).toBeCloseTo((9 * 8 + 80) / 10, 9);
});
