import { describe, expect, test } from 'vitest';
import {
  fitMask,
  fitRgb,
  fittedSize,
  laid,
  modelInput,
  normalizedPicture,
  normalizeImageNet,
  pictureWays,
  resizeMask,
  resizeRgb,
  syntheticDataset,
  type ModelInput,
  type RgbImage,
  type Sample,
} from '../src/index.js';

const image = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 251),
});
const input = (height: number, width: number, fit: ModelInput['fit']): ModelInput => ({ height, width, fit });

describe('fittedSize', () => {
  test('stretch is the input, whatever the picture', () => {
    expect(fittedSize({ width: 640, height: 480 }, input(256, 512, 'stretch'))).toEqual({
      width: 512,
      height: 256,
    });
    expect(modelInput(256)).toEqual(input(256, 256, 'stretch'));
  });

  test.each([
    // picture, input (height, width), fitted
    [640, 480, 256, 256, 256, 192],
    [480, 640, 256, 256, 192, 256],
    [640, 480, 256, 512, 341, 256],
    [1024, 512, 256, 512, 512, 256],
    [30, 20, 64, 128, 96, 64],
    [5000, 1, 64, 128, 128, 1],
  ])('pad: %ix%i in an input of %i x %i (height x width) becomes %ix%i', (w, h, height, width, fw, fh) => {
    expect(fittedSize({ width: w, height: h }, input(height, width, 'pad'))).toEqual({
      width: fw,
      height: fh,
    });
  });
});

test('a picture and its mask are resized alike, by the exact resize and the rule of masks', () => {
  const picture = image(30, 20);
  const mask = {
    width: 30,
    height: 20,
    data: Uint8Array.from({ length: 600 }, (_, i) => Number(i % 30 < 11)),
  };
  for (const fit of ['stretch', 'pad'] as const) {
    const to = input(32, 64, fit);
    const { width, height } = fittedSize(picture, to);
    expect(fitRgb(picture, to)).toEqual(resizeRgb(picture, width, height));
    expect(fitMask(mask, to)).toEqual(resizeMask(mask, width, height));
  }
  expect(normalizedPicture(picture)).toEqual({ width: 30, height: 20, data: normalizeImageNet(picture) });
});

test('drawn pictures fill a rectangle that they are stretched to, and stay square in one that is padded', async () => {
  const [sample] = syntheticDataset({ classes: ['tile'], trainPerClass: 1 }).train;
  const stretched = await sample!.load(input(32, 64, 'stretch'));
  const square = await sample!.load(64);
  expect(stretched.image).toEqual(resizeRgb(square.image, 64, 32));
  expect(stretched.mask).toMatchObject({ width: 64, height: 32 });
  const padded = await sample!.load(input(32, 64, 'pad'));
  expect(padded).toEqual(await sample!.load(32));
  expect(await sample!.load(input(64, 64, 'stretch'))).toEqual(square);
});

test.each(['stretch', 'pad'] as const)(
  'a rotated copy is rotated before it is fitted (%s): quarter turns swap the sides',
  async (fit) => {
    const taken = image(48, 24);
    const sample: Sample = {
      id: 'a',
      className: 'screw',
      label: 0,
      defect: 'good',
      load: async (to) => {
        const fitted = fitRgb(taken, modelInput(to));
        const { width, height } = fitted;
        return { image: fitted, mask: { width, height, data: new Uint8Array(width * height) } };
      },
      hash: async () => 'hash',
    };
    const { samples } = pictureWays([sample], ['screw']);
    for (const [way, copy] of samples.entries()) {
      const { image: found, mask } = await copy.load(input(32, 64, fit));
      const expected = fittedSize(laid(taken, way), input(32, 64, fit));
      expect(found).toMatchObject(expected);
      expect(mask).toMatchObject(expected);
    }
    const turned = await samples[1]!.load(input(32, 64, fit));
    expect(turned.image).toEqual(
      laid(fit === 'pad' ? resizeRgb(taken, 32, 16) : resizeRgb(taken, 32, 64), 1),
    );
  },
);
