// Files that are judged at the same time, and the rows that they have.
import { expect, test } from 'vitest';
import { isPicture, newRow, rowOf } from '../src/state/live/identity.js';
import { Lanes } from '../src/state/live/lanes.js';

test('as much runs at the same time as there are lanes, in the order of asking; fewer lanes take effect as they are left', async () => {
  const lanes = new Lanes();
  const [begun, leave]: [number[], Map<number, () => void>] = [[], new Map()];
  for (const i of [0, 1, 2, 3, 4, 5])
    void lanes.enter().then((left) => {
      begun.push(i);
      leave.set(i, left);
    });
  const left = async (i: number) => {
    leave.get(i)!();
    await new Promise((done) => setTimeout(done));
  };
  await new Promise((done) => setTimeout(done));
  expect(begun).toEqual([0]);
  lanes.width = 3;
  await new Promise((done) => setTimeout(done));
  expect(begun).toEqual([0, 1, 2]);
  await left(1);
  expect(begun).toEqual([0, 1, 2, 3]);
  lanes.width = 1;
  await left(0);
  await left(2);
  expect(begun).toEqual([0, 1, 2, 3]);
  await left(3);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('a picture of the project has one row whichever file it is judged from; other files have rows of their own', () => {
  const [one, again, loose] = [new Blob(['a']), new Blob(['a']), new Blob(['a'])];
  isPicture(one, 'id');
  isPicture(again, 'id');
  expect(rowOf(again)).toBe(rowOf(one));
  expect(rowOf(loose)).not.toBe(rowOf(one));
  expect(rowOf(loose)).toBe(rowOf(loose));
  expect(newRow()).not.toBe(newRow());
});
