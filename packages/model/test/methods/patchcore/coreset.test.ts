import { describe, expect, test } from 'vitest';
import {
  approximateAnchors,
  coresetCount,
  exactAnchors,
  greedyCoreset,
  kCenterAnchors,
  Rows,
} from '../../../src/index.js';
import { PlainRows } from '../../../src/methods/patchcore/coreset/chosen.js';
import { squaredDistance } from '../../../src/methods/patchcore/distance.js';
import { greedyReference } from '../../../src/methods/patchcore/reference.js';
import { expectClose, numbers } from '../../kit.js';

/** The rows in parts of the given lengths, repeated until all are in. */
function rowsOf(data: Float32Array, dims: number, parts: readonly number[]): Rows {
  const rows = new Rows(dims);
  for (let at = 0, i = 0; at < data.length; i++) {
    const end = Math.min(at + parts[i % parts.length]! * dims, data.length);
    rows.append(data.slice(at, end));
    at = end;
  }
  return rows;
}

describe('the greedy coreset', () => {
  const cases: [string, number, number, number][] = [
    ['one row', 1, 3, 1],
    ['one value per row', 40, 1, 20],
    ['one choice', 50, 7, 1],
    ['a share of many rows', 400, 17, 60],
    ['all rows', 65, 16, 65],
    ['more than there are', 30, 33, 90],
  ];
  test.each(cases)('of %s is that of the plain definition', async (_, count, dims, choose) => {
    const data = numbers(`rows ${count}`, count * dims);
    const rows = rowsOf(data, dims, [7, 1, 20]);
    for (const anchors of [
      exactAnchors(rows),
      approximateAnchors(rows, [0, count - 1]),
      kCenterAnchors(rows, count >> 1),
    ]) {
      const want = greedyReference({ data, dims }, choose, anchors);
      expect(await greedyCoreset(rows, choose, anchors.slice())).toEqual(want);
      const plain = await greedyCoreset(rows, choose, anchors, undefined, (...a) => new PlainRows(...a));
      expect(plain).toEqual(want);
    }
  });

  test('takes the first of equal rows, and ends where every row equals a chosen one', async () => {
    // small integers: many ties and many equal rows
    const dims = 2;
    const data = numbers('ties', 300 * dims).map((x) => Math.round(2 * x));
    const rows = rowsOf(data, dims, [11]);
    const anchors = exactAnchors(rows);
    const want = greedyReference({ data, dims }, 100, anchors);
    const got = await greedyCoreset(rows, 100, anchors);
    expect(got).toEqual(want);
    const distinct = new Set(Array.from({ length: 300 }, (_, i) => `${data[2 * i]},${data[2 * i + 1]}`));
    expect(got).toHaveLength(distinct.size);
  });

  test('k-center begins with the given row', async () => {
    const rows = rowsOf(numbers('start', 60), 3, [4]);
    expect((await greedyCoreset(rows, 5, kCenterAnchors(rows, 13)))[0]).toBe(13);
  });

  test('the exact start is the norm of each row of the matrix of distances', () => {
    const [count, dims] = [23, 5];
    // far from the origin, where |x|² − 2xy + |y|² would lose everything
    const data = numbers('far', count * dims).map((x) => 1000 + x);
    const want = Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (_, j) => squaredDistance(data, i * dims, data, j * dims, dims)).reduce(
        (a, b) => a + b,
      ),
    );
    expectClose('anchors', exactAnchors(rowsOf(data, dims, [6])), want, 1e-9);
  });

  test('reports its progress, and ends with the error that the report throws', async () => {
    const rows = rowsOf(numbers('progress', 4000), 4, [100]);
    const seen: number[] = [];
    await greedyCoreset(rows, 50, exactAnchors(rows), (done, total) => {
      expect(total).toBe(50);
      seen.push(done);
    });
    expect(seen.at(-1)).toBe(50);
    const stopped = greedyCoreset(rows, 50, exactAnchors(rows), () => {
      throw new Error('stop');
    });
    await expect(stopped).rejects.toThrow('stop');
  });

  test('keeps the share of the rows, rounded down, and at least one', () => {
    expect([coresetCount(150, 0.2), coresetCount(19, 0.1), coresetCount(3, 0.1), coresetCount(7, 1)]).toEqual(
      [30, 1, 1, 7],
    );
  });
});

describe('rows in parts', () => {
  test('are found by index across the parts', () => {
    const rows = rowsOf(
      Float32Array.from({ length: 20 }, (_, i) => i),
      2,
      [3, 1, 4],
    );
    expect(rows.count).toBe(10);
    const out = new Float32Array(20);
    for (let i = 0; i < 10; i++) rows.copy(i, out, 2 * i);
    expect(Array.from(out)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(() => rows.place(10)).toThrow('row 10 of 10');
    expect(() => rows.append(new Float32Array(3))).toThrow('expected a multiple of 2');
  });
});
