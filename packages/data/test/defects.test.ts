import { describe, expect, test } from 'vitest';
import {
  DEFECT_CONTRASTS,
  DEFECT_KINDS,
  DEFECT_SIZES,
  drawDefect,
  renderSynthetic,
  resizeRgb,
  seededRandom,
  type DefectRecipe,
  type DrawnDefect,
  type RgbImage,
} from '../src/index.js';

const photograph = (className: string, size = 96): RgbImage =>
  renderSynthetic({ className, seed: 3, split: 'train', index: 0, defect: 'good', size }).image;

/** A textured disc on an empty, noisy background. */
function disc(size: number): RgbImage {
  const random = seededRandom('disc', size);
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const inside = Math.hypot(x - size / 2, y - size / 2) < 0.3 * size;
      for (let c = 0; c < 3; c++)
        data[3 * (y * size + x) + c] = inside ? 110 + 40 * random() : 20 + 5 * random();
    }
  return { width: size, height: size, data };
}

const pixelsOf = ({ mask }: DrawnDefect): number[] => [...mask.data.keys()].filter((i) => mask.data[i] === 1);

function extentOf(drawn: DrawnDefect): number {
  const { width } = drawn.mask;
  const pixels = pixelsOf(drawn);
  const columns = pixels.map((i) => i % width);
  const rows = pixels.map((i) => Math.floor(i / width));
  const span = (of: number[]) => Math.max(...of) - Math.min(...of) + 1;
  return Math.max(span(columns), span(rows));
}

/** Root mean square of the change over the changed pixels, grey levels. */
function changeOf(before: RgbImage, drawn: DrawnDefect): number {
  const pixels = pixelsOf(drawn);
  let squares = 0;
  for (const pixel of pixels)
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++)
      squares += (before.data[i]! - drawn.image.data[i]!) ** 2 / 3;
  return Math.sqrt(squares / pixels.length);
}

const recipe = (changes: Partial<DefectRecipe> = {}): DefectRecipe => ({
  kind: 'spot',
  size: 0.16,
  contrast: 2,
  seed: 1,
  ...changes,
});

const images = { wood: photograph('wood'), bottle: photograph('bottle'), disc: disc(96) };

describe.each(DEFECT_KINDS.map((kind) => ({ kind })))('a drawn $kind', ({ kind }) => {
  test.each(Object.entries(images))(
    'on %s has the size asked, a visible change, and a mask of just that',
    (_, image) => {
      const side = Math.min(image.width, image.height);
      for (const size of DEFECT_SIZES) {
        const drawn = drawDefect(image, recipe({ kind, size }))!;
        expect(drawn, `size ${size}`).toBeDefined();
        const wanted = Math.max(3, size * side);
        expect(Math.abs(extentOf(drawn) - wanted)).toBeLessThanOrEqual(Math.max(1.5, 0.15 * wanted));
        expect(changeOf(image, drawn)).toBeGreaterThanOrEqual(2.5);
        const changed = drawn.mask.data.map((_, pixel) =>
          Number([0, 1, 2].some((c) => image.data[3 * pixel + c] !== drawn.image.data[3 * pixel + c])),
        );
        expect(changed).toEqual(drawn.mask.data);
      }
    },
  );

  test('is the same from the same seed, and another from another', () => {
    const first = drawDefect(images.wood, recipe({ kind }))!;
    expect(drawDefect(images.wood, recipe({ kind }))).toEqual(first);
    expect(drawDefect(images.wood, recipe({ kind, seed: 2 }))).not.toEqual(first);
  });

  test('lies on the product', () => {
    for (const seed of [1, 2, 3]) {
      const drawn = drawDefect(images.disc, recipe({ kind, seed, size: 0.09 }))!;
      const pixels = pixelsOf(drawn);
      const on = pixels.filter((i) => Math.hypot((i % 96) - 48, Math.floor(i / 96) - 48) < 0.3 * 96 + 2);
      expect(on.length / pixels.length).toBeGreaterThan(0.6);
    }
  });

  test('can be drawn on pictures of any size from 32 pixels, wide and narrow ones', () => {
    for (const [width, height] of [
      [32, 32],
      [33, 90],
      [301, 40],
    ] as const)
      for (const size of [0.03, 0.28]) {
        const image = resizeRgb(images.wood, width, height);
        const drawn = drawDefect(image, recipe({ kind, size }));
        expect(drawn?.image.data.length).toBe(width * height * 3);
      }
  });
});

test('contrasts are multiples of the variation around: each changes more than the one before', () => {
  const random = seededRandom('grey');
  const grey: RgbImage = {
    width: 80,
    height: 80,
    data: Uint8Array.from({ length: 80 * 80 * 3 }, () => 118 + 20 * random()),
  };
  for (const kind of ['scratch', 'spot', 'hole', 'stain', 'fibre', 'colour'] as const) {
    const changes = DEFECT_CONTRASTS.map((contrast) => {
      const sums = [1, 2, 3, 4].map((seed) =>
        changeOf(grey, drawDefect(grey, recipe({ kind, contrast, seed }))!),
      );
      return sums.reduce((sum, value) => sum + value / 4, 0);
    });
    expect(changes[1]! / changes[0]!, kind).toBeGreaterThan(1.5);
    expect(changes[2]! / changes[1]!, kind).toBeGreaterThan(1.5);
  }
});

test('a surface that is the same everywhere has no part to transplant, and can be scratched', () => {
  const flat: RgbImage = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(200) };
  expect(drawDefect(flat, recipe({ kind: 'transplant' }))).toBeUndefined();
  expect(drawDefect(flat, recipe({ kind: 'scratch' }))).toBeDefined();
});

test('what cannot be drawn is refused in a sentence', () => {
  const small: RgbImage = { width: 31, height: 80, data: new Uint8Array(31 * 80 * 3) };
  expect(() => drawDefect(small, recipe())).toThrow(/at least 32 pixels a side, found 31 × 80/);
  expect(() => drawDefect(images.wood, recipe({ size: 0.6 }))).toThrow(/at most 0.5, found 0.6/);
  expect(() => drawDefect(images.wood, recipe({ contrast: 0 }))).toThrow(/contrast above 0/);
  expect(() => drawDefect(images.wood, recipe({ kind: 'dent' as 'spot' }))).toThrow(
    /expected one of scratch, /,
  );
});
