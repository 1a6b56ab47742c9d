import { describe, expect, test } from 'vitest';
import { nextFrame, Repetition, SAME_FOR_MS, trackFault } from '../src/state/live/frames.js';

describe('a camera', () => {
  test('that ended, is muted or off delivers nothing to judge', () => {
    expect(trackFault(undefined)).toBe('ended');
    expect(trackFault({ readyState: 'ended', muted: false, enabled: true })).toBe('ended');
    expect(trackFault({ readyState: 'live', muted: true, enabled: true })).toBe('muted');
    expect(trackFault({ readyState: 'live', muted: false, enabled: false })).toBe('muted');
    expect(trackFault({ readyState: 'live', muted: false, enabled: true })).toBeNull();
  });

  test('that repeats one picture bit for bit is detected after some seconds, and recovers as soon as one differs', () => {
    const repetition = new Repetition();
    const still = () => Float32Array.of(0.25, 0.5);
    expect(repetition.same(still(), 0)).toBe(false);
    expect(repetition.same(still(), SAME_FOR_MS - 1)).toBe(false);
    expect(repetition.same(still(), SAME_FOR_MS)).toBe(true);
    expect(repetition.same(Float32Array.of(0.25, 0.6), SAME_FOR_MS + 1)).toBe(false);
    expect(repetition.same(Float32Array.of(0.25, 0.6), SAME_FOR_MS + 2)).toBe(false);
    // pictures that are taken one at a time, by their bytes
    const shots = new Repetition();
    const times = [0, 2000, 2 * SAME_FOR_MS].map((now) => shots.same(Uint8Array.of(1, 2), now));
    expect(times).toEqual([false, false, true]);
  });

  test('in a browser without frame callbacks is live if its time advances, and stalled otherwise', async () => {
    const video = { readyState: 4, currentTime: 1, paused: false };
    expect(await nextFrame(video, 60)).toBe(false);
    setTimeout(() => (video.currentTime = 2), 20);
    expect(await nextFrame(video, 2000)).toBe(true);
  });
});
