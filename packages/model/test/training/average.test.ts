import { expect, test } from 'vitest';
import { mulberry32 } from '../../src/random/mulberry.js';
import { weightedSum } from '../../src/training/average.js';

const OFFSET = 3;
const SIZE = 1001;

/** The definition: from zero on, one block after the other, rounded to float32 after each. */
function definition(blocks: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const data = new Float32Array(SIZE);
  blocks.forEach((block, r) => {
    if (weights[r]! > 0) for (let i = 0; i < SIZE; i++) data[i]! += weights[r]! * block[OFFSET + i]!;
  });
  return data;
}

const bits = (data: Float32Array): number[] => [...new Uint32Array(data.buffer)];

test.each([[[1]], [[0.5, 0.5]], [[0, 1]], [[3 / 7, 4 / 7]], [[1 / 3, 0, 2 / 3]], [[0.25, 0.25, 0.3, 0.2]]])(
  'the mean of the replicas with weights %j is bit-identical to its definition',
  (weights) => {
    const random = mulberry32(5);
    const blocks = weights.map(() =>
      Float32Array.from({ length: OFFSET + SIZE }, () => (random() - 0.5) * 10 ** (8 * random() - 4)),
    );
    for (const block of blocks) block.fill(-0, OFFSET, OFFSET + 4);
    // a block of weight 0 is not read
    blocks.forEach((block, r) => {
      if (weights[r] === 0) block.fill(NaN);
    });
    expect(bits(weightedSum(blocks, weights, OFFSET, SIZE))).toEqual(bits(definition(blocks, weights)));
  },
);
