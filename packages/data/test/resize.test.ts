import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  binarise,
  IMAGENET_MEAN,
  IMAGENET_STD,
  normalizeImageNet,
  resizeGray,
  resizeMask,
  resizeRgb,
} from '../src/index.js';
import { decodeMask, decodeRgb } from '../src/node/index.js';
import { readTensors, shared, sharedHas } from './shared.js';

const goldenThere = sharedHas('golden', 'resize against golden vectors');
const originalsThere =
  sharedHas('data/originals', 'resize of real pictures against Pillow') &&
  sharedHas('data/mvtec256', 'resize of real pictures against Pillow');

const equal = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Buffer.from(Uint8Array.from(got)).equals(Buffer.from(Uint8Array.from(want)));

function golden(name: string) {
  const tensors = readTensors(shared('golden', `${name}.safetensors`));
  return (tensor: string) => {
    const found = tensors.get(tensor);
    if (!found) throw new Error(`${name} has no ${tensor}`);
    return { height: found.shape[0]!, width: found.shape[1]!, data: found.data as Uint8Array };
  };
}

describe.skipIf(!goldenThere)('golden vectors', () => {
  test.each([
    ['resize_down_noise', [256, 64]],
    ['resize_down_smooth', [256, 64]],
    ['resize_up', [64]],
  ])('%s: resizeRgb equals Pillow byte for byte', (name, sizes) => {
    const tensor = golden(name);
    for (const size of sizes) {
      const got = resizeRgb(tensor('in.image'), size, size);
      expect(equal(got.data, tensor(`out.resized_${size}`).data), `size ${size}`).toBe(true);
    }
  });

  test.each(['resize_down_noise', 'resize_up'])(
    '%s: normalised values agree with torchvision within 1e-5',
    (name) => {
      const tensor = golden(name);
      const got = normalizeImageNet(resizeRgb(tensor('in.image'), 64, 64));
      const want = readTensors(shared('golden', `${name}.safetensors`)).get('out.normalized_64')!.data;
      expect(got.length).toBe(want.length);
      for (let c = 0; c < 3; c++) {
        for (let p = 0; p < 64 * 64; p++) {
          const error = Math.abs(got[p * 3 + c]! - want[c * 64 * 64 + p]!);
          // NaN fails as well, because only a small error passes the comparison
          if (!(error <= 1e-5)) throw new Error(`channel ${c}, pixel ${p}: off by ${error}`);
        }
      }
    },
  );

  test.each([256, 64])(
    'mask_resize: masks at %i equal the reference, before and after the threshold',
    (size) => {
      const tensor = golden('mask_resize');
      const mask = tensor('in.mask');
      const full = { ...mask, data: binarise(mask).data.map((value) => value * 255) };
      expect(equal(resizeGray(full, size, size).data, tensor(`out.mask_u8_${size}`).data)).toBe(true);
      expect(equal(resizeMask(mask, size, size).data, tensor(`out.mask_bin_${size}`).data)).toBe(true);
    },
  );
});

describe.skipIf(!originalsThere)('real pictures', () => {
  const files = originalsThere
    ? readdirSync(shared('data/originals'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.png'),
      )
    : [];

  test('pictures and masks to compare exist', () => {
    expect(files.filter((file) => file.includes('_mask')).length).toBeGreaterThan(0);
    expect(files.filter((file) => !file.includes('_mask')).length).toBeGreaterThan(0);
  });

  test.each(files)('%s resized to 256 equals the file written by Pillow', async (file) => {
    const original = readFileSync(join(shared('data/originals'), file));
    const resized = readFileSync(join(shared('data/mvtec256'), file));
    if (file.includes('_mask')) {
      const got = resizeMask(await decodeMask(original, file), 256, 256);
      expect(equal(got.data, (await decodeMask(resized, file)).data)).toBe(true);
    } else {
      const got = resizeRgb(await decodeRgb(original, file), 256, 256);
      expect(equal(got.data, (await decodeRgb(resized, file)).data)).toBe(true);
    }
  });
});

describe('resize', () => {
  test('halving averages with the triangle weights 1 3 3 1, computed by hand', () => {
    const row = { width: 4, height: 1, data: Uint8Array.of(0, 80, 160, 240) };
    // left pixel: centre 1, inputs 0, 1, 2 weigh 3/4, 3/4, 1/4 of support 2, i.e. (0*3 + 80*3 + 160*1) / 7 = 57.14
    expect([...resizeGray(row, 2, 1).data]).toEqual([57, 183]);
    const column = { width: 1, height: 4, data: row.data };
    expect([...resizeGray(column, 1, 2).data]).toEqual([57, 183]);
  });

  test('doubling interpolates at quarter positions, computed by hand', () => {
    const row = { width: 2, height: 1, data: Uint8Array.of(0, 100) };
    expect([...resizeGray(row, 4, 1).data]).toEqual([0, 25, 75, 100]);
  });

  test.each([
    [1, 1, 5, 3],
    [7, 3, 1, 1],
    [300, 2, 17, 31],
    [5, 900, 256, 256],
  ])('a white %ix%i picture stays white at %ix%i', (w, h, width, height) => {
    const white = new Uint8ClampedArray(w * h * 3).fill(255);
    const got = resizeRgb({ width: w, height: h, data: white }, width, height);
    expect(got).toMatchObject({ width, height });
    expect(got.data.length).toBe(width * height * 3);
    expect(got.data.every((value) => value === 255)).toBe(true);
  });

  test('colour channels do not mix: each equals the channel resized alone', () => {
    const data = Uint8Array.from({ length: 13 * 9 * 3 }, (_, i) => (i * 73 + i * i) % 256);
    const colour = resizeRgb({ width: 13, height: 9, data }, 6, 20).data;
    for (const c of [0, 1, 2]) {
      const one = resizeGray({ width: 13, height: 9, data: data.filter((_, i) => i % 3 === c) }, 6, 20).data;
      expect(
        equal(
          colour.filter((_, i) => i % 3 === c),
          one,
        ),
      ).toBe(true);
    }
  });

  test('the same size gives an equal copy', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const got = resizeRgb(image, 2, 1);
    expect([...got.data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(got.data).not.toBe(image.data);
  });

  test('sizes that are not positive integers and data of another length are errors', () => {
    const image = { width: 2, height: 2, data: new Uint8Array(4) };
    expect(() => resizeGray(image, 0, 2)).toThrow('sizes must be integers of at least 1, got 2x2 to 0x2');
    expect(() => resizeGray(image, 2, 1.5)).toThrow(RangeError);
    expect(() => resizeRgb(image, 1, 1)).toThrow('a 2x2 picture of 3 channel(s) has 12 values, got 4');
  });
});

describe('masks', () => {
  test('binarise gives 1 for any value but 0', () => {
    const mask = { width: 4, height: 1, data: Uint8Array.of(0, 1, 7, 255) };
    expect([...binarise(mask).data]).toEqual([0, 1, 1, 1]);
  });

  test('resizeMask does not depend on the value a mask marks defects with', () => {
    const ones = Uint8Array.from({ length: 100 }, (_, i) => (i % 10 < 4 ? 1 : 0));
    const [first, second] = [1, 200].map((value) =>
      resizeMask({ width: 10, height: 10, data: ones.map((one) => one * value) }, 5, 5),
    );
    expect([...first!.data]).toEqual([...second!.data]);
    expect(first!.data.slice(0, 5)).toEqual(Uint8Array.of(1, 1, 0, 0, 0));
  });

  test('resizeMask at the same size returns the 0/1 mask', () => {
    const mask = { width: 2, height: 2, data: Uint8Array.of(0, 3, 0, 255) };
    expect([...resizeMask(mask, 2, 2).data]).toEqual([0, 1, 0, 1]);
  });
});

test('normalizeImageNet maps the mean to about 0 and keeps the interleaved order', () => {
  const out = normalizeImageNet({ width: 1, height: 2, data: Uint8Array.of(0, 128, 255, 255, 0, 128) });
  const want = [0, 128, 255, 255, 0, 128].map(
    (v, i) => (v / 255 - IMAGENET_MEAN[i % 3]!) / IMAGENET_STD[i % 3]!,
  );
  expect([...out]).toEqual([...Float32Array.from(want)]);
});
