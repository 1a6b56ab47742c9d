import { expect, test } from 'vitest';
import { calibrateClasses, groupedBy } from '../src/index.js';

test('groups keep the order of names and of items, whatever the names are', () => {
  const items = ['b1', 'a1', '_1', 'b2', 'a2'];
  const names: Record<string, string> = { b: 'b', a: 'constructor', _: '__proto__' };
  const found = groupedBy(items, (item) => names[item[0]!]!);
  expect([...found]).toEqual([
    ['b', ['b1', 'b2']],
    ['constructor', ['a1', 'a2']],
    ['__proto__', ['_1']],
  ]);
});

test('thresholds of many classes read the class of each picture once', () => {
  let reads = 0;
  const pictures = Array.from({ length: 200 }, (_, i) => ({
    get className() {
      reads++;
      return `p${i % 50}`;
    },
    label: 0 as const,
    score: i,
    thinned: new Float32Array(0),
  }));
  expect(Object.keys(calibrateClasses(pictures))).toHaveLength(50);
  expect(reads).toBe(200);
});
