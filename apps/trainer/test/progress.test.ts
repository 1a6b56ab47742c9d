import { describe, expect, test, vi } from 'vitest';
import { duration } from '@pyramid-mamba/runs';
import { Progress } from '../src/terminal/progress.js';
import { waiting } from '../src/terminal/waiting.js';
import { table } from '../src/text/table.js';
import { recordingIo } from './kit.js';

describe('waiting', () => {
  test('shows nothing of short work, and of longer work a line without an end in sight', async () => {
    vi.useFakeTimers();
    try {
      for (const isTTY of [true, false]) {
        const io = { ...recordingIo(), isTTY };
        let text = '';
        io.out = (part) => void (text += part);
        expect(await waiting(io, 'reading', () => Promise.resolve(7))).toBe(7);
        expect(text).toBe('');
        const work = waiting(io, 'reading', () => new Promise((done) => setTimeout(done, 2_500)));
        await vi.advanceTimersByTimeAsync(2_500);
        await work;
        expect(text).toBe(isTTY ? `\rreading … 1s\rreading … 2s\r${' '.repeat(12)}\r` : 'reading …\n');
        const failing = waiting(io, 'reading', () => Promise.reject(new Error('no')));
        await expect(failing).rejects.toThrow('no');
      }
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('Progress', () => {
  test('prints a plain line every few seconds without a terminal', () => {
    const io = recordingIo();
    let time = 0;
    const progress = new Progress(io, 0, () => time);
    for (let done = 1; done <= 100; done++) {
      time += 200;
      progress.update({ done, total: 100, label: `step ${done}`, detail: 'loss 0.5' });
    }
    progress.clear();
    expect(io.stdout).toBe(
      [25, 50, 75, 100].map((step) => `step ${step}  ${20 - step / 5}s left  (loss 0.5)\n`).join(''),
    );
  });

  test('overwrites one line of a terminal, never wider than it, and clears it at the end', () => {
    const io = { ...recordingIo(), isTTY: true, columns: 30 };
    let text = '';
    io.out = (part) => void (text += part);
    let time = 0;
    const progress = new Progress(io, 0, () => time);
    progress.update({ done: 1, total: 3, label: 'a'.repeat(50) });
    time += 1000;
    progress.update({ done: 2, total: 3, label: 'b' });
    expect(text).not.toContain('\n');
    const [, first, second] = text.split('\r');
    expect(first).toHaveLength(29);
    expect(second).toMatch(/^b {2}1s left +$/);
    progress.clear();
    expect(text.endsWith('\r')).toBe(true);
  });

  test('estimates the remaining time only from the work of this process', () => {
    const io = recordingIo();
    let time = 0;
    const progress = new Progress(io, 90, () => time);
    time = 8000;
    progress.update({ done: 94, total: 100, label: 'x' });
    expect(io.stdout).toBe('x  12s left\n');
  });

  test('estimates the remaining time from the last minute, so that a busy quarter of an hour is forgotten', () => {
    const io = recordingIo();
    let time = 0;
    const progress = new Progress(io, 0, () => time);
    for (let done = 1; done <= 120; done++) {
      time += done <= 50 ? 20_000 : 1_000;
      progress.update({ done, total: 180, label: 'x' });
    }
    expect(io.stdout.split('\n').at(-2)).toBe('x  1m00s left');
  });

  test('prints readable durations', () => {
    expect([5, 75, 3599.6, 7300].map((seconds) => duration(seconds))).toEqual([
      '5s',
      '1m15s',
      '1h00m',
      '2h01m',
    ]);
  });
});

test('table aligns names left and figures right', () => {
  expect(
    table(
      ['class', 'AP'],
      [
        ['a', '0.123'],
        ['longer', '-'],
      ],
    ),
  ).toBe('class      AP\n------  -----\na       0.123\nlonger      -');
});
