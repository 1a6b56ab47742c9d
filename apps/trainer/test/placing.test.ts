import { expect, test } from 'vitest';
import { placedOrStill } from '../src/evaluation/placing.js';
import { tinyNetwork } from './kit.js';

const { model: config } = tinyNetwork({ fit: 'pad' });
/** A picture of one row, which is all that a wide one has in the input. */
const judged = {
  levels: [{ width: 4, height: 4, data: Float32Array.from({ length: 16 }, (_, i) => i) }],
  map: new Float32Array(32).fill(5),
  width: 32,
  height: 1,
  score: 5,
  feature: new Float32Array(1),
};
const strip = (top: number, bottom: number) => ({
  use: [
    [
      [0, top],
      [1, top],
      [1, bottom],
      [0, bottom],
    ] as [number, number][],
  ],
  ignore: [],
});

test('a picture of which the areas leave nothing does not end an evaluation: its map is empty, and it is never OK', () => {
  const nothing = placedOrStill(config, judged, undefined, strip(0, 0.1));
  expect(nothing).toMatchObject({ lost: true, judged: { score: 0, width: 32, height: 1 } });
  expect([...nothing.judged.map].every((value) => value === 0)).toBe(true);
  const some = placedOrStill(config, judged, undefined, strip(0, 0.6));
  expect([some.lost, some.judged.score > 0]).toEqual([false, true]);
});
