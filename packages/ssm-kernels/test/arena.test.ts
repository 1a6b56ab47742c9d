import { expect, test } from 'vitest';
import { Arena } from '../src/backends/tensorflow/arena.js';

test('an arena holds several copies and grows with them', () => {
  const arena = new Arena();
  const a = arena.copyOf(Float32Array.of(1, 2, 3), [3]);
  const large = arena.makeOutput([100_000], 'float32');
  const b = arena.copyOf(Float32Array.of(4, 5), [2]);
  arena.typedArrayFromHeap(large).fill(NaN);
  expect([...arena.typedArrayFromHeap(a)]).toEqual([1, 2, 3]);
  expect([...arena.typedArrayFromHeap(b)]).toEqual([4, 5]);
  for (const { dataId } of [a, large, b]) expect(arena.dataIdMap.get(dataId).memoryOffset % 64).toBe(0);
  // 0 means "none" to the kernels
  expect(arena.dataIdMap.get(a.dataId).memoryOffset).toBeGreaterThan(0);
});

test('an arena reuses freed memory, also if blocks are freed in another order', () => {
  const arena = new Arena();
  const first = arena.makeOutput([10], 'float32');
  const [b, c] = [arena.makeOutput([10], 'float32'), arena.makeOutput([10], 'float32')];
  const at = arena.dataIdMap.get(b.dataId).memoryOffset;
  arena.disposeData(b.dataId);
  expect(arena.dataIdMap.get(arena.makeOutput([1], 'float32').dataId).memoryOffset).not.toBe(at);
  arena.clear();
  const again = arena.makeOutput([10], 'float32');
  const [d, e] = [arena.makeOutput([10], 'float32'), arena.makeOutput([10], 'float32')];
  arena.disposeData(d.dataId);
  arena.disposeData(e.dataId);
  expect(arena.dataIdMap.get(arena.makeOutput([1], 'float32').dataId).memoryOffset).toBe(at);
  expect(arena.typedArrayFromHeap(again)).toHaveLength(10);
  expect([first, c]).toHaveLength(2);
});
