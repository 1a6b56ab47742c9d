import type { RgbImage } from '@pyramid-mamba/data';
import { quantile } from '@pyramid-mamba/metrics';
import { describe, expect, test } from 'vitest';
import { COLOR_MAP } from '@pyramid-mamba/runs';
import { heatMapPicture, outline, overlay } from '../src/evaluation/heatMap.js';

const gray = (width: number, height: number, value = 100): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
const pixel = (image: RgbImage, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
];
const luminance = (i: number) => {
  const linear = [0, 1, 2].map((c) => {
    const v = COLOR_MAP[i * 3 + c]! / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
};

describe('the colour map', () => {
  test('gets brighter with every step, from nearly black to nearly white', () => {
    for (let i = 1; i < 256; i++)
      expect(luminance(i), `colour ${i}`).toBeGreaterThanOrEqual(luminance(i - 1) - 2e-3);
    for (let i = 16; i < 256; i += 16) expect(luminance(i)).toBeGreaterThan(luminance(i - 16));
    expect(luminance(0)).toBeLessThan(0.01);
    expect(luminance(255)).toBeGreaterThan(0.8);
  });
});

describe('heat maps', () => {
  test('leave a picture unchanged below the scale and colour it fully above', () => {
    const image = gray(3, 1);
    const out = overlay(image, Float32Array.of(0, 0.5, 2), { low: 0.1, high: 1 });
    expect(pixel(out, 0, 0)).toEqual([100, 100, 100]);
    const top = [0, 1, 2].map((c) => Math.round(100 + 0.8 * (COLOR_MAP[255 * 3 + c]! - 100)));
    expect(pixel(out, 2, 0)).toEqual(top);
    expect(pixel(out, 1, 0)).not.toEqual([100, 100, 100]);
  });

  test('do not divide by an empty scale', () => {
    const out = overlay(gray(1, 1), Float32Array.of(0.5), { low: 0.5, high: 0.5 });
    expect(pixel(out, 0, 0)).toEqual([100, 100, 100]);
  });

  test('outline a defect outside its own pixels, also at the border', () => {
    const mask = { width: 4, height: 3, data: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) };
    const out = outline(gray(4, 3), mask);
    const marked = [...Array(12).keys()].filter((i) => pixel(out, i % 4, Math.floor(i / 4))[0] !== 100);
    expect(marked).toEqual([1, 4]);
  });

  test('are three panels of one size, small ones enlarged to 256 pixels', () => {
    const mask = (n: number) => ({ width: n, height: n, data: new Uint8Array(n * n) });
    const small = heatMapPicture(gray(64, 64), new Float32Array(64 * 64), mask(64), { low: 0, high: 1 });
    expect([small.width, small.height]).toEqual([3 * 256 + 2 * 4, 256]);
    const large = heatMapPicture(gray(300, 300), new Float32Array(300 * 300), mask(300), { low: 0, high: 1 });
    expect([large.width, large.height]).toEqual([3 * 300 + 2 * 4, 300]);
    expect(pixel(small, 256, 0)).toEqual([255, 255, 255]);
  });

  test('take their scale from nearest-rank quantiles', () => {
    const values = Float32Array.from({ length: 10 }, (_, i) => 10 - i);
    expect(quantile(values, 0.5)).toBe(5);
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 1)).toBe(10);
    expect(values[0]).toBe(10);
    expect(() => quantile(new Float32Array(0), 0.5)).toThrow(RangeError);
  });
});
