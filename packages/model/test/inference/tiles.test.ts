import { describe, expect, test } from 'vitest';
import {
  BlendedLevels,
  detectorConfigSchema,
  featuredTiles,
  judge,
  tileOf,
  tileRects,
  tilesFault,
  type Detector,
  type LevelMap,
  type Rect,
} from '../../src/index.js';
import { METHODS } from '../registry/samples.js';

const config = (input: [number, number], size: [number, number], overlap: number) => ({
  input,
  tiles: { size, overlap },
});

describe('the tiles of an input', () => {
  test.each([
    [config([2976, 4096], [256, 256], 64), 32, 16 * 21],
    [config([128, 192], [64, 64], 32), 32, 3 * 5],
    [config([64, 200], [64, 64], 0), 8, 4],
    [config([96, 64], [64, 64], 32), 32, 2],
  ])('cover it, begin at the grid and overlap by at least what is asked: %j', (one, multiple, count) => {
    expect(tilesFault(one, multiple)).toBeUndefined();
    const rects = tileRects(one, multiple);
    const [height, width] = one.input;
    expect(rects).toHaveLength(count);
    for (const axis of ['left', 'top'] as const) {
      const side = axis === 'left' ? 'width' : 'height';
      const starts = [...new Set(rects.map((rect) => rect[axis]))].sort((a, b) => a - b);
      const tile = tileOf(one)[side];
      expect(starts[0]).toBe(0);
      expect(starts.at(-1)! + tile).toBe(axis === 'left' ? width : height);
      for (const [i, start] of starts.entries()) {
        expect(start % multiple).toBe(0);
        if (i > 0) expect(starts[i - 1]! + tile - start).toBeGreaterThanOrEqual(one.tiles.overlap);
      }
    }
  });

  test('are one of the whole input without tiles', () => {
    expect(tileRects({ inputSize: 64 }, 32)).toEqual([{ left: 0, top: 0, width: 64, height: 64 }]);
  });

  test('are few where a picture is recognised, different and evenly chosen', () => {
    expect(featuredTiles(3)).toEqual([0, 1, 2]);
    const some = featuredTiles(336);
    expect(new Set(some).size).toBe(16);
    expect(some[0]).toBe(10);
    expect(some.at(-1)).toBe(325);
  });

  test.each([
    [config([64, 64], [64, 64], 0), /smaller than the input/],
    [config([64, 128], [96, 64], 0), /smaller than the input/],
    [config([128, 128], [48, 64], 0), /multiples of 32/],
    [config([128, 128], [64, 64], 16), /overlap/],
    [config([256, 256], [128, 64], 64), /at most half/],
    [config([32 * 400, 32 * 400], [32, 32], 0), /at most 4096/],
    [{ ...config([128, 128], [64, 64], 0), fit: 'pad' as const }, /"pad"/],
  ])('that do not fit are refused: %j', (one, sentence) => {
    expect(tilesFault(one, 32)).toMatch(sentence);
    const { inputSize: _, ...own } = METHODS['rd4ad'] as { inputSize?: number };
    const found = detectorConfigSchema.safeParse({ ...own, ...one });
    expect(found.error?.issues[0]).toMatchObject({ path: ['tiles'] });
  });
});

/** The part of a level under a tile. */
function under({ data, width }: LevelMap, tile: Rect, cell: number): LevelMap {
  const [h, w] = [tile.height / cell, tile.width / cell];
  const at = (i: number) => (tile.top / cell + Math.floor(i / w)) * width + tile.left / cell + (i % w);
  return { height: h, width: w, data: Float32Array.from({ length: h * w }, (_, i) => data[at(i)]!) };
}

describe('blended levels', () => {
  const one = config([96, 160], [64, 64], 32);
  const rects = tileRects(one, 32);
  const blend = (levelsOf: (tile: Rect, n: number) => LevelMap[]) => {
    const blended = new BlendedLevels({ height: 96, width: 160 }, tileOf(one));
    for (const [n, rect] of rects.entries()) blended.add(levelsOf(rect, n), rect);
    return blended.result();
  };

  test('of tiles that agree are what they were cut from, at every size of cells', () => {
    const levels = [4, 8, 32].map((cell): LevelMap => {
      const [height, width] = [96 / cell, 160 / cell];
      return {
        height,
        width,
        data: Float32Array.from({ length: height * width }, (_, i) => Math.sin(i) + 2),
      };
    });
    const found = blend((rect) => levels.map((level) => under(level, rect, (96 / level.height) | 0)));
    for (const [l, { data, ...size }] of found.entries()) {
      expect(size).toEqual({ height: levels[l]!.height, width: levels[l]!.width });
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(levels[l]!.data[i]!, 5);
    }
  });

  test('of tiles that differ go over from one to the next without a step, and stay between their values', () => {
    const flat = (value: number): LevelMap[] => [
      { height: 16, width: 16, data: new Float32Array(256).fill(value) },
    ];
    const [{ data, width }] = blend(({ left }) => flat(left / 32)) as [LevelMap];
    const row = data.subarray(10 * width, 11 * width);
    expect(row[0]).toBe(0);
    expect(row.at(-1)).toBe(3);
    for (let x = 1; x < width; x++) {
      expect(row[x]! - row[x - 1]!).toBeGreaterThanOrEqual(0);
      // half of the tiles' width is shared: the largest step is far from the 1 of a seam
      expect(row[x]! - row[x - 1]!).toBeLessThan(0.25);
    }
  });

  test('say where a part has no tile, and where cells do not lie on one grid', () => {
    const none = new BlendedLevels({ height: 96, width: 160 }, tileOf(one));
    none.add([{ height: 8, width: 8, data: new Float32Array(64) }], rects[0]!);
    expect(() => none.result()).toThrow(/no tile/);
    const single = new BlendedLevels({ height: 96, width: 160 }, tileOf(one));
    expect(() => single.add([{ height: 1, width: 1, data: new Float32Array(1) }], rects[0]!)).toThrow(
      /one grid/,
    );
  });
});

test('a model with tiles is never judged as a whole', async () => {
  const model = {
    config: { ...METHODS['patchcore'], ...config([128, 128], [64, 64], 32) },
  } as unknown as Detector;
  await expect(judge(model, undefined as never)).rejects.toThrow(/in tiles/);
});
