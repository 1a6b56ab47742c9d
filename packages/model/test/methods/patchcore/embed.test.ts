import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { embed, resizeHalfPixel } from '../../../src/index.js';
import { adaptiveBins } from '../../../src/methods/patchcore/embedding/adaptivePool.js';
import { BACKENDS, expectClose, randomTensor, use } from '../../kit.js';

/** A level on the host: `at(b, y, x, c)`, zero around the map. */
interface HostLevel {
  readonly shape: readonly [number, number, number, number];
  at(b: number, y: number, x: number, c: number): number;
}

function host(level: tf.Tensor4D): HostLevel {
  const data = level.dataSync<'float32'>();
  const [, h, w, channels] = level.shape;
  return {
    shape: level.shape,
    at: (b, y, x, c) =>
      y < 0 || x < 0 || y >= h || x >= w ? 0 : data[((b * h + y) * w + x) * channels + c]!,
  };
}

/** Values `value(y, x)` of an h × w map, resized to the grid at (row, column). */
function resizedAt(
  [h, w]: readonly [number, number],
  value: (y: number, x: number) => number,
  [gridH, gridW]: readonly [number, number],
  [row, column]: readonly [number, number],
): number {
  const source = (i: number, n: number, m: number): [number, number, number] => {
    const at = Math.max(((i + 0.5) * n) / m - 0.5, 0);
    const low = Math.floor(at);
    return [low, Math.min(low + 1, n - 1), at - low];
  };
  const [y0, y1, fy] = source(row, h, gridH);
  const [x0, x1, fx] = source(column, w, gridW);
  const line = (y: number): number => (1 - fx) * value(y, x0) + fx * value(y, x1);
  return (1 - fy) * line(y0) + fy * line(y1);
}

const pool = (values: readonly number[], m: number): number[] =>
  adaptiveBins(values.length, m).map(({ start, end }) => {
    const bin = values.slice(start, end);
    return bin.reduce((a, b) => a + b, 0) / bin.length;
  });

const offsets = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [y, x] as const));

/** The windows are resized before they are pooled, as the published code does it. */
function windowsByHand(levels: readonly HostLevel[], perLevel: number, dims: number): number[] {
  return eachPatch(levels, (b, at) =>
    pool(
      levels.flatMap(({ shape: [, h, w, channels], at: value }) => {
        const flat: number[] = [];
        for (let c = 0; c < channels; c++)
          for (const [dy, dx] of offsets)
            flat.push(resizedAt([h, w], (y, x) => value(b, y + dy, x + dx, c), gridOf(levels), at));
        return pool(flat, perLevel);
      }),
      dims,
    ),
  );
}

function meansByHand(levels: readonly HostLevel[]): number[] {
  return eachPatch(levels, (b, at) =>
    levels.flatMap(({ shape: [, h, w, channels], at: value }) =>
      Array.from({ length: channels }, (_, c) =>
        resizedAt(
          [h, w],
          (y, x) => offsets.reduce((sum, [dy, dx]) => sum + value(b, y + dy, x + dx, c), 0) / 9,
          gridOf(levels),
          at,
        ),
      ),
    ),
  );
}

const gridOf = (levels: readonly HostLevel[]): [number, number] => [levels[0]!.shape[1], levels[0]!.shape[2]];

function eachPatch(
  levels: readonly HostLevel[],
  row: (b: number, at: readonly [number, number]) => number[],
): number[] {
  const [batch, h, w] = levels[0]!.shape;
  const out: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out.push(...row(b, [y, x]));
  return out;
}

describe.each(BACKENDS)('the patches on %s', (backend) => {
  beforeAll(() => use(backend));

  const cases: [string, number[][], number, number][] = [
    [
      'two square levels',
      [
        [2, 8, 8, 5],
        [2, 4, 4, 7],
      ],
      20,
      12,
    ],
    [
      'levels of a wide picture whose sizes no factor relates',
      [
        [1, 5, 9, 3],
        [1, 3, 4, 4],
        [1, 1, 2, 2],
      ],
      11,
      13,
    ],
    ['one level of one pixel', [[2, 1, 1, 2]], 18, 40],
  ];
  test.each(cases)('of %s are those of the plain loops', async (name, shapes, perLevel, dims) => {
    const levels = shapes.map((shape, i) => randomTensor<tf.Tensor4D>(`${name} ${i}`, shape));
    const plain = levels.map(host);
    const before = tf.memory().numTensors;
    const windows = embed(levels, { kind: 'windows', perLevel, dims });
    const means = embed(levels, { kind: 'means' });
    expect(tf.memory().numTensors).toBe(before + 2);
    expectClose('windows', await windows.data(), windowsByHand(plain, perLevel, dims), 1e-6);
    expectClose('means', await means.data(), meansByHand(plain), 1e-6);
    expect(windows.shape[1]).toBe(dims);
    tf.dispose([levels, windows, means]);
  });
});

test('the bins of an adaptive pooling overlap where the lengths do not divide, and repeat where it lengthens', () => {
  const pairs = (n: number, m: number) => adaptiveBins(n, m).map(({ start, end }) => [start, end]);
  expect(pairs(9, 2)).toEqual([
    [0, 5],
    [4, 9],
  ]);
  expect(pairs(2, 3)).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
});

test('a map is resized with half-pixel centres', () => {
  const data = Float32Array.from([0, 1]);
  expectClose('map', resizeHalfPixel({ height: 1, width: 2, data }, 1, 4), [0, 0.25, 0.75, 1], 1e-12);
});
