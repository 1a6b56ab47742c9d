import { resizeRgb, seededRandom, syntheticDataset, type RgbImage } from '@pyramid-mamba/data';
import { beforeAll, describe, expect, test } from 'vitest';
import { appearanceOf, DriftWatch, LEARNT_FROM, type Appearance, type DriftChange } from '../src/index.js';

const SIDE = 96;
let pictures: RgbImage[];
const random = seededRandom('drift', 1);

beforeAll(async () => {
  const { train } = syntheticDataset({
    seed: 3,
    classes: ['screw'],
    trainPerClass: 24,
    testGoodPerClass: 1,
    testPerDefect: 1,
  });
  const input = { width: SIDE, height: SIDE, fit: 'stretch' as const };
  pictures = await Promise.all(train.map(async ({ load }) => (await load(input)).image));
});

/** Another picture of the product: one of them, with the light of a real lamp, which is never quite the same. */
function picture(i: number): RgbImage {
  const { width, height, data } = pictures[i % pictures.length]!;
  const light = 1 + (random() - 0.5) * 0.02;
  return { width, height, data: Uint8Array.from(data, (value) => Math.min(255, value * light)) };
}
const darker = (image: RgbImage): RgbImage => ({
  ...image,
  data: Uint8Array.from(image.data, (value) => value * 0.8),
});
const shifted = (image: RgbImage): RgbImage => {
  const by = Math.round(SIDE * 0.06);
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const from = (y * SIDE + Math.max(0, x - by)) * 3;
      data.set(image.data.subarray(from, from + 3), (y * SIDE + x) * 3);
    }
  return { ...image, data };
};
const blurred = (image: RgbImage): RgbImage => resizeRgb(resizeRgb(image, SIDE / 3, SIDE / 3), SIDE, SIDE);

const same = (image: RgbImage): RgbImage => image;

const measured = new Map<typeof same, Appearance[]>();
/** Two lights of each picture. */
const appearances = (change: typeof same): Appearance[] => {
  const known =
    measured.get(change) ?? [0, 1].flatMap(() => pictures.map((_, i) => appearanceOf(change(picture(i)))));
  measured.set(change, known);
  return known;
};
const feed = (watch: DriftWatch, count: number, change = same, isOk = true) => {
  const found: (DriftChange & { after: number })[] = [];
  const all = appearances(change);
  for (let i = 0; i < count; i++) {
    const appearance = all[Math.floor(random() * all.length)]!;
    const changes = watch.add({ className: 'screw', isOk, appearance, scoreOfLimit: 0.5 + 0.1 * random() });
    found.push(...changes.map((one) => ({ ...one, after: i + 1 })));
  }
  return found;
};

describe('a change of light or camera raises a warning within 50 pictures, whatever the verdicts', () => {
  test.each([
    ['brightness -20 %', darker, 'brightness', /screw: pictures are darker than usual: check the lamp/],
    ['a shift of 6 %', shifted, 'x', /screw: parts are further right than usual: check the camera/],
    ['blur', blurred, 'sharpness', /screw: pictures are less sharp than usual: check focus/],
  ] as const)('%s', (_, change, what, sentence) => {
    const watch = new DriftWatch();
    expect(feed(watch, LEARNT_FROM + 60)).toEqual([]);
    const found = feed(watch, 50, change, false).filter((one) => one.what === what);
    expect(found[0]).toMatchObject({ active: true, message: expect.stringMatching(sentence) as string });
    expect(watch.figures().find((one) => one.what === what)).toMatchObject({ active: true });
    // and ends when all is as before
    expect(feed(watch, 60).filter((one) => one.what === what)).toMatchObject([{ active: false }]);
  });
});

test('a thousand pictures as usual raise none', () => {
  const watch = new DriftWatch();
  expect(feed(watch, 1000)).toEqual([]);
});

test('scores are compared with those of training; the state goes on after a restart', () => {
  const watch = new DriftWatch({ screw: [0.5, 0.52, 0.48, 0.55, 0.45] });
  const seen = { className: 'screw', isOk: true, appearance: appearanceOf(picture(0)) };
  for (let i = 0; i < 10; i++) expect(watch.add({ ...seen, scoreOfLimit: 0.5 })).toEqual([]);
  const again = new DriftWatch(
    {},
    JSON.parse(JSON.stringify(watch.state())) as ReturnType<DriftWatch['state']>,
  );
  const changes = Array.from({ length: 10 }, () => again.add({ ...seen, scoreOfLimit: 0.8 })).flat();
  expect(changes).toMatchObject([{ what: 'score', active: true }]);
  // a picture that is not OK has a high score, which says nothing of the others
  expect(new DriftWatch({ screw: [0.5, 0.52] }).add({ ...seen, isOk: false, scoreOfLimit: 9 })).toEqual([]);
});

test('a picture of one colour, or of one pixel, is finite', () => {
  for (const side of [1, 2, 300]) {
    const found = appearanceOf({ width: side, height: side, data: new Uint8Array(side * side * 3).fill(7) });
    expect(Object.values(found).every(Number.isFinite)).toBe(true);
  }
});
