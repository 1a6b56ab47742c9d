import { expect, test } from 'vitest';
import { holdBack, syntheticDataset, withHeldBack } from '../src/index.js';

const full = syntheticDataset({
  classes: ['tile', 'wood'],
  trainPerClass: 10,
  testGoodPerClass: 1,
  testPerDefect: 1,
});
const goodOnly = { ...full, test: [] };

test('classes with good test pictures use all for training unless a share is given', async () => {
  expect((await holdBack(full, undefined, 1)).heldBack).toEqual([]);
  expect((await holdBack(full, 0.3, 1)).heldBack).toHaveLength(6);
});

test('without them a fifth of each class is moved, chosen only by seed and name', async () => {
  const { dataset, heldBack } = await holdBack(goodOnly, undefined, 1);
  expect(heldBack).toHaveLength(4);
  expect(dataset.train).toHaveLength(16);
  expect(dataset.test.map(({ id }) => id).sort()).toEqual(heldBack);
  expect(dataset.test.every(({ label }) => label === 0)).toBe(true);
  const reversed = { ...goodOnly, train: [...goodOnly.train].reverse() };
  expect((await holdBack(reversed, undefined, 1)).heldBack).toEqual(heldBack);
  expect((await holdBack(goodOnly, undefined, 2)).heldBack).not.toEqual(heldBack);
  expect(
    withHeldBack(goodOnly, heldBack)
      .dataset.test.map(({ id }) => id)
      .sort(),
  ).toEqual(heldBack);
});

test('nothing is held back from a handful, and never a whole class', async () => {
  const few = {
    ...goodOnly,
    train: goodOnly.train.filter(({ className }) => className === 'tile').slice(0, 3),
  };
  expect((await holdBack(few, undefined, 1)).heldBack).toEqual([]);
  expect((await holdBack(goodOnly, 0.9, 1)).dataset.train.length).toBeGreaterThan(0);
});

test('a missing picture is reported by name', () => {
  expect(() => withHeldBack(goodOnly, ['tile/train/good/999.png'])).toThrow(
    /held back tile\/train\/good\/999.png/,
  );
});
