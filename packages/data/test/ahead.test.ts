import { expect, test } from 'vitest';
import { ahead, taken } from '../src/batches/ahead.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 1));

test('returns results in order, starts the next ones while one is used, and never more than depth', async () => {
  const items = [50, 10, 30, 0, 20, 0, 0];
  const log: string[] = [];
  let open = 0;
  let most = 0;
  const found: number[] = [];
  for await (const result of ahead(items, 3, async (item, index) => {
    log.push(`begun ${index}`);
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, item));
    open--;
    return index * 10;
  })) {
    found.push(result);
    log.push(`used ${result / 10}`);
    await settled();
  }
  expect(found).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(most).toBeLessThanOrEqual(3);
  // the work on the following ones starts before the use of the first
  expect(log.slice(0, 5)).toEqual(['begun 0', 'begun 1', 'begun 2', 'begun 3', 'used 0']);
});

test('a failure is thrown in its turn, after the previous results', async () => {
  const found: number[] = [];
  const run = async () => {
    for await (const result of ahead([1, 2, 3, 4], 3, (item) =>
      item >= 2 ? Promise.reject(new Error(`item ${item}`)) : Promise.resolve(item),
    )) {
      found.push(result);
      await settled();
    }
  };
  await expect(run()).rejects.toThrow('item 2');
  expect(found).toEqual([1]);
});

test('an exited loop starts nothing more; no items give no results', async () => {
  let begun = 0;
  for await (const result of ahead([1, 2, 3, 4, 5], 2, (item) => Promise.resolve(begun++ && item))) {
    expect(result).toBe(0);
    break;
  }
  await settled();
  expect(begun).toBe(3);
  for await (const result of ahead([], 2, () => Promise.resolve(1))) expect.unreachable(String(result));
  const rest = ahead([1, 2, 3], 2, (item) => Promise.resolve(item));
  expect([await taken(rest, 2), await taken(rest, 2), await taken(rest, 2)]).toEqual([[1, 2], [3], []]);
  await expect(ahead([1], 0, () => Promise.resolve(1)).next()).rejects.toThrow(/at least 1, got 0/);
});
