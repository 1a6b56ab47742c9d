import { describe, expect, test } from 'vitest';
import {
  allMethods,
  fusePyramidMamba,
  pictureMap,
  placed,
  type LevelMap,
  type Size,
} from '../../src/index.js';
import { mulberry32 } from '../../src/random/mulberry.js';

/** Levels of an input at strides 4, 8 and 16. */
function levelsOf({ height, width }: Size, seed: number): LevelMap[] {
  const random = mulberry32(seed);
  return [4, 8, 16].map((stride) => {
    const [h, w] = [height / stride, width / stride];
    return { height: h, width: w, data: Float32Array.from({ length: h * w }, () => 0.1 + random() * 0.3) };
  });
}

const MAP = { sigma: 4 };
const method = { fuse: fusePyramidMamba };

describe('a picture’s map', () => {
  test('of a picture that fills the input is what the method makes of its levels', () => {
    const input = { height: 64, width: 96 };
    const levels = levelsOf(input, 1);
    expect(pictureMap(method, levels, input, input, MAP)).toEqual({
      ...fusePyramidMamba(levels, [64, 96], MAP),
      ...input,
    });
    const mask = Uint8Array.from({ length: 64 * 96 }, (_, i) => Number(i % 96 < 40));
    expect(pictureMap(method, levels, input, input, MAP, mask)).toEqual({
      ...fusePyramidMamba(levels, [64, 96], MAP, mask),
      ...input,
    });
  });

  test('never depends on cells that lie in the border, whatever their values', () => {
    const random = mulberry32(7);
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
    for (let round = 0; round < 40; round++) {
      const input = { height: 32 * between(1, 3), width: 32 * between(1, 3) };
      const own =
        round % 2 === 0
          ? { height: between(1, input.height), width: input.width }
          : { height: input.height, width: between(1, input.width) };
      const levels = levelsOf(input, round);
      const { left, top } = placed(input, own);
      const wild = levels.map(({ height, width, data }): LevelMap => {
        const [dy, dx] = [input.height / height, input.width / width];
        const outside = (cell: number, size: number, start: number, length: number) =>
          (cell + 1) * size <= start || cell * size >= start + length;
        return {
          height,
          width,
          data: data.map((value, i) =>
            outside(Math.floor(i / width), dy, top, own.height) || outside(i % width, dx, left, own.width)
              ? 2
              : value,
          ),
        };
      });
      for (const { fuse, levelCount, presets, scoreIsMaximum } of allMethods()) {
        const { model } = Object.values(presets)[0]!;
        const count = levelCount(model);
        const of = (all: LevelMap[]) => Array.from({ length: count }, (_, i) => all[(i + 1) % all.length]!);
        const map = { ...model.map, ...MAP };
        const calm = pictureMap({ fuse }, of(levels), input, own, map);
        expect(pictureMap({ fuse }, of(wild), input, own, map)).toEqual(calm);
        expect(calm).toMatchObject(own);
        expect(calm.map).toHaveLength(own.height * own.width);
        const largest = calm.map.reduce((most, value) => Math.max(most, value), -Infinity);
        if (scoreIsMaximum?.(model) ?? true) expect(Math.fround(calm.score)).toBe(largest);
        else expect(Math.fround(calm.score)).toBeLessThanOrEqual(largest);
      }
    }
  });

  test('is masked in the picture’s own pixels', () => {
    const input = { height: 64, width: 64 };
    const own = { height: 40, width: 64 };
    const levels = levelsOf(input, 3);
    const whole = pictureMap(method, levels, input, own, MAP);
    const mask = Uint8Array.from({ length: 40 * 64 }, (_, i) => Number(i >= 20 * 64));
    const lower = pictureMap(method, levels, input, own, MAP, mask);
    expect(lower.map).toEqual(whole.map.map((value, i) => (mask[i] === 0 ? 0 : value)));
    expect(lower.score).toBe(Math.max(...lower.map));
    expect(() => pictureMap(method, levels, input, own, MAP, new Uint8Array(40 * 64))).toThrow(/nothing/);
  });
});
