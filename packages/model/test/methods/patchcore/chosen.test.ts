// The rows of a greedy choice in WebAssembly beside plain loops: every bit, and the same place to stop.
import { RowList } from '@pyramid-mamba/ssm-kernels/host';
import { expect, test } from 'vitest';
import { chosenRows, PlainRows } from '../../../src/methods/patchcore/coreset/chosen.js';
import { numbers } from '../../kit.js';

test.each([1, 3, 4, 15, 16, 17, 31, 32, 100, 128, 384])(
  'rows of %i values have the least distance of plain loops, bit for bit, from any row on and up to any limit',
  async (dims) => {
    const count = 60;
    const data = numbers(`rows of ${dims}`, (count + 1) * dims);
    const [fast, plain] = [await chosenRows(dims, count), new PlainRows(dims, count)];
    expect(fast).not.toBeInstanceOf(PlainRows);
    const query = count * dims;
    for (let i = 0; i < count; i++) {
      fast.add(data, i * dims);
      plain.add(data, i * dims);
      for (const from of [0, i >> 1, i, i + 1])
        for (const least of [Infinity, 2 * dims, 1e-3]) {
          const all = plain.lowered(data, query, from, least, -Infinity);
          for (const enough of [-Infinity, all, (all + least) / 2]) {
            const args = [data, query, from, least, enough] as const;
            expect([fast.lowered(...args), fast.compared]).toEqual([plain.lowered(...args), plain.compared]);
          }
        }
    }
    expect(fast.count).toBe(count);
    // a row has no distance to itself
    expect(fast.lowered(data, 5 * dims, 0, Infinity, -Infinity)).toBe(0);
    expect(() => fast.add(data, 0)).toThrow(/there is room for 60 rows/);
  },
);

test('values that are not finite are compared as in plain loops', async () => {
  const dims = 20;
  for (const value of [NaN, Infinity, -Infinity, 3e38]) {
    const data = numbers('not finite', 3 * dims);
    data[dims + 17] = value;
    const [fast, plain] = [await chosenRows(dims, 2), new PlainRows(dims, 2)];
    for (const list of [fast, plain]) for (const i of [0, 1]) list.add(data, i * dims);
    const args = [data, 2 * dims, 0, Infinity, 0] as const;
    expect([fast.lowered(...args), fast.compared]).toEqual([plain.lowered(...args), plain.compared]);
  }
});

test('a list for which WebAssembly has no memory is none, and plain loops take its place', async () => {
  expect(await RowList.create(16, 2 ** 30)).toBeUndefined();
});
