import { describe, expect, test } from 'vitest';
import { batches, laid, orderOfWays, pictureWays, type GrayImage, type Sample } from '../src/index.js';

const picture = (rows: number[][]): GrayImage => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Uint8Array.from(rows.flat()),
});
const WAYS = [0, 1, 2, 3, 4, 5, 6, 7];

describe('laid', () => {
  const square = picture([
    [1, 2],
    [3, 4],
  ]);

  test.each([
    [0, [1, 2, 3, 4]],
    [1, [3, 1, 4, 2]],
    [2, [4, 3, 2, 1]],
    [3, [2, 4, 1, 3]],
    [4, [2, 1, 4, 3]],
    [5, [4, 2, 3, 1]],
    [6, [3, 4, 1, 2]],
    [7, [1, 3, 2, 4]],
  ])('way %i: rotated clockwise, from 4 on mirrored first', (way, pixels) => {
    expect([...laid(square, way).data]).toEqual(pixels);
  });

  test('four quarter turns, and two mirrors, restore the picture, colours and odd sides included', () => {
    const data = Uint8Array.from({ length: 5 * 5 * 3 }, (_, i) => (i * 37) % 256);
    const colour = { width: 5, height: 5, data };
    let turned = colour;
    for (let i = 0; i < 4; i++) turned = laid(turned, 1);
    expect(turned.data).toEqual(data);
    expect(laid(laid(colour, 4), 4).data).toEqual(data);
    // the pixel of a colour picture moves with its channels together
    expect([...laid(colour, 2).data.subarray(0, 3)]).toEqual([...data.subarray(72, 75)]);
    expect(new Set(WAYS.map((way) => laid(colour, way).data.join())).size).toBe(8);
  });

  test('a quarter turn swaps the sides of a picture that is not square', () => {
    const wide = picture([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const rows = ({ width, height, data }: GrayImage): number[][] =>
      Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
    expect(rows(laid(wide, 1))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ]);
    expect(rows(laid(wide, 2))).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
    expect(rows(laid(wide, 4))).toEqual([
      [3, 2, 1],
      [6, 5, 4],
    ]);
    expect(rows(laid(wide, 7))).toEqual(rows(laid(laid(wide, 4), 3)));
  });

  test('an unknown way is an error', () => {
    for (const way of [-1, 8, 1.5]) expect(() => laid(square, way)).toThrow('ways 0 to 7');
  });
});

const sample = (id: string, className: string): Sample => ({
  id,
  className,
  label: 0,
  defect: 'good',
  load: async () => ({
    image: { width: 2, height: 2, data: Uint8Array.from({ length: 12 }, (_, i) => i) },
    mask: { width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 0) },
  }),
  hash: async () => `hash of ${id}`,
});

describe('pictureWays', () => {
  const train = [sample('a', 'nut'), sample('b', 'bottle'), sample('c', 'nut')];
  const pictures = pictureWays(train, ['nut']);

  test('original pictures come first, in order; only the named classes have augmented copies', () => {
    expect(pictures.samples.slice(0, 3)).toEqual(train);
    expect(pictures.samples.length).toBe(3 + 2 * 7);
    expect(pictures.ways.map(({ length }) => length)).toEqual([8, 1, 8]);
    expect(pictures.ways.map(([own]) => own)).toEqual([0, 1, 2]);
    expect(pictures.ways.flat().sort((a, b) => a - b)).toEqual([...Array(17).keys()]);
    for (const [i, own] of pictures.ways.entries()) {
      for (const index of own) expect(pictures.samples[index]!.className).toBe(train[i]!.className);
    }
  });

  test('each copy has its own id and hash, and the mask is transformed with the picture', async () => {
    expect(new Set(pictures.samples.map(({ id }) => id)).size).toBe(17);
    expect(new Set(await Promise.all(pictures.samples.map((s) => s.hash()))).size).toBe(17);
    const { image, mask } = await pictures.samples[pictures.ways[0]![2]!]!.load(2);
    expect([...mask.data]).toEqual([0, 0, 0, 1]);
    expect([...image.data]).toEqual([9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2]);
  });

  test('an epoch shows each picture once, in a copy drawn only by seed and epoch; over epochs all of them', () => {
    const order = (seed: number) => orderOfWays((epoch) => batches(3, 2, { seed, epoch }), pictures, seed);
    const owner = (index: number) => pictures.ways.findIndex((own) => own.includes(index));
    const seen = new Set<number>();
    for (let epoch = 0; epoch < 60; epoch++) {
      const drawn = order(1)(epoch);
      expect(drawn).toEqual(order(1)(epoch));
      expect(drawn.map((batch) => batch.map(owner))).toEqual(batches(3, 2, { seed: 1, epoch }));
      for (const index of drawn.flat()) seen.add(index);
    }
    expect(seen.size).toBe(17);
    const many = (seed: number) => Array.from({ length: 20 }, (_, epoch) => order(seed)(epoch));
    expect(many(1)).not.toEqual(many(2));
  });

  test('without such classes the order is unchanged', () => {
    const order = (epoch: number) => batches(3, 2, { seed: 1, epoch });
    expect(orderOfWays(order, pictureWays(train, []), 1)).toBe(order);
  });
});
