import { expect, test } from 'vitest';
import { DataError } from '../src/errors.js';
import {
  renderSynthetic,
  SYNTHETIC_MIN_SIZE,
  SYNTHETIC_VERSION,
  syntheticClasses,
  syntheticDefects,
} from '../src/synthetic/index.js';
import { MATERIAL_STEP } from '../src/synthetic/raster.js';
import type { LoadedSample, RgbImage } from '../src/types.js';

const SIZE = 64;
/** Pictures of each kind of defect that are compared pixel by pixel. */
const PICTURES = process.env['FUZZ'] === 'full' ? 3 : 1;
const good = (
  className: string,
  index = 0,
  seed = 1,
  split: 'train' | 'test' = 'train',
  size = SIZE,
): LoadedSample => renderSynthetic({ className, seed, split, index, defect: 'good', size });

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Share of the picture that the mask covers. */
const area = (sample: LoadedSample): number => mean(sample.mask.data);

/** Largest channel difference at pixel i. */
function difference(a: RgbImage, b: RgbImage, i: number): number {
  let most = 0;
  for (let c = 3 * i; c < 3 * i + 3; c++) most = Math.max(most, Math.abs(a.data[c]! - b.data[c]!));
  return most;
}

/** Mean absolute difference of two pictures of one size, 8-bit steps. */
function distance(a: RgbImage, b: RgbImage): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}

/** 32-bit FNV-1a of bytes, in hex. */
function fnv(bytes: ArrayLike<number>): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return (h >>> 0).toString(16).padStart(8, '0');
}

test('there are at least seven classes with at least three kinds of defect each', () => {
  expect(syntheticClasses.length).toBeGreaterThanOrEqual(7);
  expect(new Set(syntheticClasses).size).toBe(syntheticClasses.length);
  for (const className of syntheticClasses) {
    const kinds = syntheticDefects(className);
    expect(kinds.length, className).toBeGreaterThanOrEqual(3);
    expect(new Set([...kinds, 'good']).size, className).toBe(kinds.length + 1);
    for (const kind of kinds) expect(kind).toMatch(/^[a-z_]+$/);
  }
});

test.each(syntheticClasses)(
  '%s: the same recipe gives the same bytes, another seed, index or split others',
  (name) => {
    const kind = syntheticDefects(name)[0]!;
    const recipe = { className: name, seed: 3, split: 'test', index: 2, defect: kind, size: SIZE } as const;
    const first = renderSynthetic(recipe);
    expect(fnv(renderSynthetic(recipe).image.data)).toBe(fnv(first.image.data));
    expect(fnv(renderSynthetic(recipe).mask.data)).toBe(fnv(first.mask.data));
    const pictures = [good(name), good(name, 1), good(name, 0, 2), good(name, 0, 1, 'test')];
    expect(new Set(pictures.map((p) => fnv(p.image.data))).size).toBe(pictures.length);
  },
);

test.each(syntheticClasses)(
  '%s: outside the mask a defective picture is the good one, inside it differs',
  (name) => {
    for (const kind of syntheticDefects(name)) {
      for (let index = 0; index < PICTURES; index++) {
        const what = `${name} ${kind} ${index}`;
        const recipe = { className: name, seed: 5, split: 'test', index, size: SIZE } as const;
        const clean = renderSynthetic({ ...recipe, defect: 'good' });
        const bad = renderSynthetic({ ...recipe, defect: kind });
        let leaked = 0;
        let inside = 0;
        let material = 0;
        let strongest = 0;
        for (let i = 0; i < SIZE * SIZE; i++) {
          const d = difference(clean.image, bad.image, i);
          if (bad.mask.data[i] === 0) {
            expect(d, `${what}: pixel ${i} outside the mask`).toBe(0);
            continue;
          }
          expect(bad.mask.data[i]).toBe(1);
          inside++;
          // the two quantisations may each take half a step
          if (d >= MATERIAL_STEP - 1) material++;
          strongest = Math.max(strongest, d);
        }
        expect(leaked, `${what}: change outside the mask`).toBe(0);
        expect(new Set(bad.mask.data), what).toEqual(new Set([0, 1]));
        // the rest are threads that lie alike, or pixels that the clean-up of the mask closed over
        expect(material / inside, `${what}: share of the mask that changed`).toBeGreaterThan(0.7);
        expect(strongest, `${what}: strongest change`).toBeGreaterThan(24);
      }
    }
  },
);

test.each(syntheticClasses)(
  '%s: defects run from under 0.6 to over 2 per cent of the picture, none over 9',
  (name) => {
    const areas = syntheticDefects(name).flatMap((defect) =>
      Array.from({ length: 5 }, (_, index) =>
        area(renderSynthetic({ className: name, seed: 1, split: 'test', index, defect, size: 96 })),
      ),
    );
    expect(Math.min(...areas)).toBeLessThan(0.006);
    expect(Math.min(...areas)).toBeGreaterThan(0.0015);
    expect(Math.max(...areas)).toBeGreaterThan(0.02);
    expect(Math.max(...areas)).toBeLessThan(0.09);
  },
);

test('good masks are all zero', () => {
  for (const name of syntheticClasses) expect(area(good(name)), name).toBe(0);
});

/** Means of the 8 x 8 blocks of a 64 x 64 picture: what is left when the phase of a weave does not matter. */
function blocks(image: RgbImage): RgbImage {
  const sums = new Float64Array(8 * 8 * 3);
  for (let i = 0; i < image.data.length; i++) {
    const x = (Math.floor(i / 3) % 64) >> 3;
    const y = Math.floor(i / 192) >> 3;
    sums[(y * 8 + x) * 3 + (i % 3)]! += image.data[i]! / 64;
  }
  return { width: 8, height: 8, data: Uint8Array.from(sums) };
}

test('good pictures of a class vary, and less than the classes differ from one another', () => {
  const pairs = syntheticClasses.map((name) => ({ name, a: good(name, 0).image, b: good(name, 1).image }));
  for (const one of pairs) {
    expect(distance(one.a, one.b), one.name).toBeGreaterThan(2);
    const within = distance(blocks(one.a), blocks(one.b));
    expect(within, one.name).toBeLessThan(16);
    for (const other of pairs) {
      if (other === one) continue;
      const apart = distance(blocks(one.a), blocks(other.a));
      expect(apart, `${one.name} and ${other.name}`).toBeGreaterThan(1.5 * within);
    }
  }
});

test('pictures use the range of a camera: neither black nor burnt out, for every class', () => {
  for (const name of syntheticClasses) {
    const { data } = good(name).image;
    const clipped = data.filter((v) => v === 0 || v === 255).length / data.length;
    expect(mean(data), name).toBeGreaterThan(60);
    expect(mean(data), name).toBeLessThan(220);
    expect(clipped, name).toBeLessThan(0.15);
  }
});

test.each([SYNTHETIC_MIN_SIZE, 64, 128, 200])(
  'at size %i every class draws picture and mask of that size',
  (size) => {
    for (const className of syntheticClasses) {
      const defect = syntheticDefects(className)[0]!;
      const { image, mask } = renderSynthetic({ className, seed: 1, split: 'test', index: 0, defect, size });
      expect([image.width, image.height, image.data.length]).toEqual([size, size, size * size * 3]);
      expect([mask.width, mask.height, mask.data.length]).toEqual([size, size, size * size]);
    }
  },
);

test('a picture drawn at another size is the same scene: 128 averaged 2 x 2 is close to 64', () => {
  for (const className of syntheticClasses) {
    const large = good(className, 0, 1, 'train', 128).image;
    const small = good(className, 0, 1, 'train', 64).image;
    const halved = new Uint8Array(small.data.length);
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        for (let c = 0; c < 3; c++) {
          const at = (dy: number, dx: number): number =>
            large.data[((2 * y + dy) * 128 + 2 * x + dx) * 3 + c]!;
          halved[(y * 64 + x) * 3 + c] = Math.round((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4);
        }
      }
    }
    expect(distance(small, { width: 64, height: 64, data: halved }), className).toBeLessThan(6);
  }
});

test('the drawings are the pinned ones', () => {
  // Recipe: FNV-1a (32 bits) of image then mask of seed 1, split test, index 0, the class's first kind of defect,
  // 64 x 64, on Node 20 (V8). If a drawing was changed on purpose, raise SYNTHETIC_VERSION and pin the new values.
  expect(SYNTHETIC_VERSION).toBe(1);
  const prints = syntheticClasses.map((className) => {
    const defect = syntheticDefects(className)[0]!;
    const { image, mask } = renderSynthetic({
      className,
      seed: 1,
      split: 'test',
      index: 0,
      defect,
      size: 64,
    });
    return [className, `${fnv(image.data)} ${fnv(mask.data)}`];
  });
  expect(Object.fromEntries(prints)).toEqual({
    bottle: '6677f70a 1f5ba349',
    capsule: '064f494a 3993febe',
    cloth: '0da4cafa d0400acc',
    mesh: '803e9bb7 36eb547b',
    screw: '2a67b9ed 231c3b96',
    tile: '938775ea 108c72c8',
    wood: 'd10f81b4 8621fa56',
  });
});

test('a wrong class, defect, index or size is an error that states the expected value', () => {
  const recipe = { className: 'cloth', seed: 1, split: 'test', index: 0, defect: 'good', size: 64 } as const;
  const refused = (over: object): string => {
    try {
      renderSynthetic({ ...recipe, ...over });
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return (error as Error).message;
    }
    return 'nothing was thrown';
  };
  expect(refused({ className: 'banana' })).toMatch(/className must be one of .*cloth.*got 'banana'/);
  expect(refused({ defect: 'bite' })).toMatch(/defect of cloth must be good or one of hole.*got 'bite'/);
  expect(refused({ index: -1 })).toMatch(/index must be an integer >= 0, got -1/);
  for (const size of [15, 64.5, Number.NaN]) {
    expect(refused({ size })).toMatch(
      new RegExp(`size must be an integer of at least 16 pixels, got ${size}`),
    );
  }
  expect(() => syntheticDefects('banana')).toThrow(DataError);
});
