import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gpuBackend, startForTests } from '../../../../ssm-kernels/test/webgpuKit.js';
import { NeighbourSearch, type Neighbours, type SearchSizes } from '../../../src/index.js';
import { nearestReference } from '../../../src/methods/patchcore/reference.js';
import { BACKENDS, numbers, use } from '../../kit.js';

const reason = await startForTests();
if (reason !== undefined) console.warn(`SKIPPED: nearest neighbours on WebGPU. ${reason}`);

async function search(
  bank: Float32Array,
  queries: Float32Array,
  dims: number,
  k: number,
  sizes?: Partial<SearchSizes>,
): Promise<Neighbours> {
  const before = tf.memory().numTensors;
  const searching = new NeighbourSearch(bank, dims, sizes);
  const tensor = tf.tensor2d(queries, [queries.length / dims, dims]);
  try {
    return await searching.nearest(tensor, k);
  } finally {
    tensor.dispose();
    searching.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

async function expectExact(...args: Parameters<typeof search>): Promise<void> {
  const [data, queries, dims, k] = args;
  const found = await search(...args);
  const want = nearestReference({ data, dims }, { data: queries, dims }, k);
  expect(Array.from(found.indices)).toEqual(want.indices);
  expect(Array.from(found.squared)).toEqual(want.squared);
}

const backends = [...BACKENDS, ...(reason === undefined ? ['webgpu'] : [])];
describe.each(backends)('nearest neighbours on %s', (backend) => {
  beforeAll(async () => {
    await use('wasm');
    await tf.setBackend(backend);
  });
  afterEach(async () => {
    if (backend === 'webgpu') await gpuBackend().throwErrors();
  });

  const shapes: [string, number, number, number, number, Partial<SearchSizes>][] = [
    ['one row and one query', 1, 1, 1, 1, {}],
    ['blocks of one row', 5, 9, 3, 2, { block: 1, group: 1, queries: 1 }],
    ['a bank that no block divides', 137, 50, 19, 3, { block: 32, group: 8, queries: 7 }],
    ['groups that the bank does not fill', 67, 13, 33, 1, {}],
    ['a bank smaller than k', 4, 6, 5, 9, { block: 2, group: 2 }],
    ['rows shortened to a few values', 137, 50, 19, 3, { block: 32, group: 8, queries: 7, axes: 4 }],
    ['rows shortened to more values than they have', 40, 9, 5, 2, { block: 16, group: 4, axes: 9 }],
    [
      'shortened rows, fewer than a query may have to be compared with',
      700,
      20,
      12,
      1,
      { group: 8, axes: 2 },
    ],
  ];
  test.each(shapes)('of %s are those of the plain definition', async (name, rows, count, dims, k, sizes) => {
    const bank = numbers(`${name} bank`, rows * dims);
    await expectExact(bank, numbers(`${name} queries`, count * dims), dims, k, sizes);
  });

  test('of equal rows are the first ones', async () => {
    const dims = 3;
    const bank = numbers('equal rows', 200 * dims).map((x) => Math.round(1.5 * x));
    const queries = numbers('equal queries', 40 * dims).map((x) => Math.round(1.5 * x));
    await expectExact(bank, queries, dims, 5, { block: 64, group: 16 });
  });

  test('are exact where cancellation leaves nothing of a product in float32', async () => {
    // two clusters far from each other and from the mean; the neighbours of a query differ in the last bits only
    const [rows, dims] = [150, 24];
    const cluster = (key: string, count: number) =>
      numbers(key, count * dims).map((x, i) => (Math.floor(i / dims) % 2 ? 3000 : -3000) + x / 64);
    await expectExact(cluster('near', rows), cluster('queries', 20), dims, 3, { block: 64, group: 8 });
    await expectExact(cluster('near', rows), cluster('queries', 20), dims, 3, { group: 8, axes: 1 });
  });

  test('are found by shortened rows alone where a few directions hold most of the bank', async () => {
    const [rows, count, dims] = [600, 30, 40];
    const directions = numbers('directions', 3 * dims);
    const made = (key: string, some: number) => {
      const along = numbers(`${key} along`, 3 * some);
      const noise = numbers(`${key} noise`, some * dims);
      return noise.map((x, i) => {
        const [r, d] = [Math.floor(i / dims), i % dims];
        return x / 50 + [0, 1, 2].reduce((sum, a) => sum + along[3 * r + a]! * directions[a * dims + d]!, 0);
      });
    };
    const [bank, queries] = [made('bank', rows), made('queries', count)];
    for (const k of [1, 3]) await expectExact(bank, queries, dims, k, { group: 4, axes: 3 });
    const searching = new NeighbourSearch(bank, dims, { group: 4, axes: 3 });
    const before = tf.memory().numTensors;
    const tensor = tf.tensor2d(queries, [count, dims]);
    await searching.nearest(tensor, 1);
    tensor.dispose();
    // the directions twice and the shortened rows: whole rows never went to the backend
    expect(tf.memory().numTensors).toBe(before + 3);
    // a query that is far from all rows is compared with the whole ones, and the others are not
    const far = queries.map((x, i) => (i < dims ? 40 * numbers('far', dims)[i]! : x));
    await expectExact(bank, far, dims, 2, { group: 4, axes: 3 });
    searching.dispose();
  });

  test('a query with a value that is not finite has no distances, and the others keep theirs', async () => {
    const bank = numbers('bank', 30);
    const queries = numbers('queries', 9);
    queries[4] = NaN;
    const { squared } = await search(bank, queries, 3, 1);
    expect(Array.from(squared, Number.isFinite)).toEqual([true, false, true]);
  });
});

test('a bank without rows is refused', () => {
  expect(() => new NeighbourSearch(new Float32Array(), 3)).toThrow('the bank has no rows');
});
