import { describe, expect, test } from 'vitest';
import { connectedRegions } from '../src/index.js';
import { regionsByRelabelling } from './bruteForce.js';
import { seeded } from './random.js';

describe('connectedRegions', () => {
  const diagonal = [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0]; // (3, 4)

  test('joins pixels that touch at a corner when 8-connected', () => {
    const { labels, count, areas } = connectedRegions(diagonal, 4, 3);
    expect([...labels]).toEqual([1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 0, 0]);
    expect([count, ...areas]).toEqual([2, 2, 2]);
  });

  test('separates them when 4-connected', () => {
    const { labels, areas } = connectedRegions(diagonal, 4, 3, 4);
    expect([...labels]).toEqual([1, 0, 0, 2, 0, 3, 0, 2, 0, 0, 0, 0]);
    expect([...areas]).toEqual([1, 2, 1]);
  });

  test('does not wrap around from the right border to the next line', () => {
    expect(connectedRegions([0, 0, 1, 1, 0, 0], 3, 2).count).toBe(2);
  });

  test('takes every nonzero value as foreground, and a ring as one region', () => {
    const { count, areas } = connectedRegions([255, 1, 2, 3, 0, 9, 7, 7, 7], 3, 3);
    expect([count, ...areas]).toEqual([1, 8]);
  });

  test('finds none in an empty mask and one in a full one', () => {
    expect(connectedRegions(new Uint8Array(12), 4, 3).count).toBe(0);
    expect([...connectedRegions(new Uint8Array(12).fill(1), 4, 3).areas]).toEqual([12]);
    expect(connectedRegions([], 0, 0).count).toBe(0);
  });

  test.each([4, 8] as const)(
    'agrees with relabelling until nothing changes, %i-connected',
    (connectivity) => {
      const random = seeded(21);
      for (const [width, height] of [
        [1, 1],
        [1, 9],
        [9, 1],
        [7, 5],
        [8, 8],
      ] as const) {
        for (const density of [0.2, 0.45, 0.7]) {
          const mask = Uint8Array.from({ length: width * height }, () => Number(random() < density));
          const { labels, count, areas } = connectedRegions(mask, width, height, connectivity);
          expect([...labels]).toEqual(regionsByRelabelling(mask, width, height, connectivity));
          for (let i = 1; i <= count; i++)
            expect(areas[i - 1]).toBe(labels.filter((label) => label === i).length);
        }
      }
    },
  );

  test('throws a sentence when the mask has another size', () => {
    expect(() => connectedRegions([1, 0], 3, 1)).toThrow(
      'mask must hold width * height = 3 * 1 pixels, got 2',
    );
  });
});
