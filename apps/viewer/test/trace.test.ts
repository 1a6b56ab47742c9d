import { expect, test } from 'vitest';
import { interactionOf, spread, type TraceEvent } from '../scripts/interaction/trace.js';

const thread = (tid: number, name: string): TraceEvent => ({
  name: 'thread_name',
  ph: 'M',
  pid: 1,
  tid,
  ts: 0,
  args: { name },
});
const task = (tid: number, ts: number, dur: number, tdur = dur): TraceEvent => ({
  name: 'RunTask',
  ph: 'X',
  pid: 1,
  tid,
  ts,
  dur,
  tdur,
});
const frame = (ts: number): TraceEvent => ({
  name: 'FireAnimationFrame',
  ph: 'X',
  pid: 1,
  tid: 1,
  ts,
  dur: 1,
});

test('the spread of numbers is their median, 95th percentile and maximum', () => {
  expect(spread(Array.from({ length: 100 }, (_, i) => 99 - i))).toEqual({ median: 50, p95: 95, max: 99 });
});

test('the work of a frame is the main thread’s until the next one, nested tasks counted once', () => {
  const frames = Array.from({ length: 21 }, (_, i) => frame(i * 16_000));
  const found = interactionOf([
    thread(1, 'CrRendererMain'),
    thread(2, 'DedicatedWorker thread'),
    ...frames.toReversed(),
    ...frames.map(({ ts }) => task(1, ts, 4_000, 3_000)),
    // within the first frame's task, and a long one that mostly waited for the CPU
    task(1, 1_000, 2_000),
    task(1, 5 * 16_000 + 5_000, 60_000, 7_000),
    // half the time
    task(2, 0, 160_000),
  ]);
  expect(found.frames).toBe(20);
  expect(found.longest).toEqual({ wall: 60, cpu: 7 });
  expect(found.work.wall).toMatchObject({ median: 4, max: 64 });
  expect(found.work.cpu).toMatchObject({ median: 3, max: 10 });
  expect(found.interval).toEqual({ median: 16, p95: 16, max: 16 });
  expect(found.workers).toBe(0.5);
});

test('a trace without a page is an error of one sentence', () => {
  expect(() => interactionOf([thread(1, 'CrBrowserMain'), frame(1)])).toThrow(/has 0 frames of a page/);
});
