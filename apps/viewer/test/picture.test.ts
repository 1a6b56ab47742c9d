import { describe, expect, test } from 'vitest';
import { COLOR_MAPS, colorTable } from '../src/picture/colorMaps.js';
import { contourPath } from '../src/picture/contour.js';
import { heatPixels } from '../src/picture/heat.js';
import { levelMap } from '../src/picture/maps.js';
import { within, zoomed } from '../src/picture/viewport.js';
import { fuseLevels } from '@pyramid-mamba/model';

const square = (side: number) => ({ width: side, height: side });

test('every colour map has 256 colours, its first and last the known ones', () => {
  for (const name of COLOR_MAPS) expect(colorTable(name)).toHaveLength(768);
  const ends = (name: (typeof COLOR_MAPS)[number]) => [
    Array.from(colorTable(name).subarray(0, 3)),
    Array.from(colorTable(name).subarray(-3)),
  ];
  expect(ends('viridis')).toEqual([
    [0x44, 0x01, 0x54],
    [0xfd, 0xe7, 0x25],
  ]);
  expect(ends('inferno')).toEqual([
    [0x00, 0x00, 0x04],
    [0xfc, 0xff, 0xa4],
  ]);
});

describe('heat', () => {
  const table = colorTable('viridis');
  const scale = { low: 1, high: 3 };
  const pixel = (value: number, opacity: number, alone = false) => [
    ...heatPixels([value], scale, table, opacity, alone),
  ];
  test('is transparent up to the scale’s low end and has the given opacity from its middle on', () => {
    expect(pixel(0.5, 0.8)[3]).toBe(0);
    expect(pixel(1.5, 0.8)[3]).toBe(102);
    expect(pixel(2, 0.8)[3]).toBe(204);
    expect(pixel(9, 0.8)).toEqual([0xfd, 0xe7, 0x25, 204]);
  });
  test('alone is opaque everywhere', () => {
    expect(pixel(-5, 0.1, true)).toEqual([0x44, 0x01, 0x54, 255]);
  });
  test('of a scale of zero span does not divide by zero', () => {
    expect([...heatPixels([1, 2], { low: 1, high: 1 }, table, 1, true)]).not.toContain(Number.NaN);
  });
});

describe('a contour', () => {
  /** The area inside closed lines of straight pieces, each with the inside on one side: by the crossings of horizontal lines. */
  const pieces = (path: string) =>
    [...path.matchAll(/M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)/g)].map(
      (match) => match.slice(1).map(Number) as [number, number, number, number],
    );

  test('of one pixel is a diamond around its centre', () => {
    const map = [0, 0, 0, 0, 1, 0, 0, 0, 0];
    const found = pieces(contourPath(map, square(3), 0.5));
    expect(found).toHaveLength(4);
    for (const [x, y] of found) expect(Math.abs(x - 1.5) + Math.abs(y - 1.5)).toBeCloseTo(0.5, 6);
    // the same pixel in a map that is not square: one row, five columns
    const wide = pieces(contourPath([0, 0, 0, 1, 0], { width: 5, height: 1 }, 0.5));
    for (const [x, y] of wide) {
      expect(x).toBeGreaterThanOrEqual(3);
      expect(x).toBeLessThanOrEqual(4);
      expect(y).toBeLessThanOrEqual(1);
    }
    expect(wide.length).toBeGreaterThan(0);
  });

  test('is closed: every end is the end of exactly two segments', () => {
    const side = 24;
    const map = Float32Array.from(
      { length: side * side },
      (_, i) => Math.sin(i * 0.7) * Math.cos((i / side) * 0.9),
    );
    for (const threshold of [-0.4, 0, 0.3, 0.8]) {
      const ends = new Map<string, number>();
      for (const [x0, y0, x1, y1] of pieces(contourPath(map, square(side), threshold))) {
        for (const end of [`${x0} ${y0}`, `${x1} ${y1}`]) ends.set(end, (ends.get(end) ?? 0) + 1);
      }
      expect(ends.size).toBeGreaterThan(8);
      expect([...ends.values()].every((count) => count % 2 === 0)).toBe(true);
    }
  });

  test('is interpolated between the pixels’ centres', () => {
    // rising to the right by one per pixel: the line at 1.25 is at x = 0.5 + 1.25
    const map = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3];
    const inner = pieces(contourPath(map, square(4), 1.25)).filter(
      ([, y0, , y1]) => y0 > 0.5 && y1 < 3.5 && y0 !== y1,
    );
    expect(inner.some(([x0, , x1]) => x0 === 1.75 && x1 === 1.75)).toBe(true);
  });

  test('of a map entirely below it is empty, of one entirely above it the border', () => {
    expect(contourPath([0, 0, 0, 0], square(2), 1)).toBe('');
    expect(contourPath([2, 2, 2, 2], square(2), 1)).not.toBe('');
    // it only touches the one pixel that reaches the threshold: segments of zero length, which WebKit draws as dots
    expect(contourPath([0, 0, 0, 0, 1, 0, 0, 0, 0], square(3), 1)).toBe('');
  });
});

test('the levels are shown on the scale of the whole map: their mean is the whole, before smoothing', () => {
  const levels = [8, 4, 2].map((side) => ({
    height: side,
    width: side,
    data: Float32Array.from({ length: side * side }, (_, i) => ((i * 7) % 5) / 5),
  }));
  const whole = fuseLevels(levels, 16, 16);
  const parts = levels.map((_, i) =>
    levelMap({ levels, map: new Float32Array() }, i, square(16), square(16)),
  );
  for (const [i, value] of whole.entries()) {
    expect(parts.reduce((sum, part) => sum + part[i]!, 0) / 3).toBeCloseTo(value, 6);
  }
});

describe('the viewport', () => {
  test('keeps the point under the pointer in place', () => {
    const before = { zoom: 2, x: 0.5, y: 0.5 };
    const after = zoomed(before, 1.5, 0.6, 0.45);
    const seen = ({ zoom, x, y }: typeof before) => [(0.6 - x) * zoom, (0.45 - y) * zoom];
    expect(after.zoom).toBe(3);
    seen(after).forEach((value, i) => expect(value).toBeCloseTo(seen(before)[i]!, 9));
  });
  test('never leaves the picture, and never shows it smaller than whole', () => {
    expect(within({ zoom: 0.2, x: 3, y: -1 })).toEqual({ zoom: 1, x: 0.5, y: 0.5 });
    expect(within({ zoom: 4, x: 3, y: -1 })).toEqual({ zoom: 4, x: 0.875, y: 0.125 });
    expect(zoomed({ zoom: 1, x: 0.5, y: 0.5 }, 1e9).zoom).toBe(40);
  });
});
