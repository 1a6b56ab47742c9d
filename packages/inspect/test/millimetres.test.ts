import { expect, test } from 'vitest';
import {
  extentText,
  mmAsSeen,
  mmAtSize,
  mmText,
  REGION_COLUMNS,
  regionCells,
  reportParagraph,
  selfTestOf,
  sentenceOf,
  sizeInMm,
  type DrawnRecord,
  type GoodRecord,
} from '../src/index.js';

const about = { className: 'bottle', side: 256 };
/** Finds every defect from 5 % of the side on. */
const selfTest = selfTestOf(
  [
    ...Array.from({ length: 10 }, (_, i): GoodRecord => ({
      ...about,
      kind: 'good',
      picture: String(i),
      score: i / 100,
      thinned: new Float32Array(),
    })),
    ...Array.from({ length: 50 }, (_, i): DrawnRecord => ({
      ...about,
      kind: 'spot',
      picture: String(i % 10),
      score: i % 5 === 0 ? 0.1 : 0.9,
      size: [0.03, 0.05, 0.09, 0.16, 0.28][i % 5]!,
      contrast: 2,
      seed: String(i),
      peakInside: true,
      drawnAt: { width: 256, height: 256 },
    })),
  ],
  { bottle: { review: 0.2, reject: 0.3 } },
);

test('the self-test says sizes in mm beside pixels where the scale of the product is known', () => {
  const said = "from 5 % of the picture's side (13 of 256 pixels)";
  const inMm = said.replace('13 of 256 pixels', '3.3 mm / 13 of 256 px');
  expect(sentenceOf(selfTest)).toContain(said);
  expect(sentenceOf(selfTest, { cap: 0.25 })).toContain(said);
  expect(sentenceOf(selfTest, { bottle: 0.25 })).toContain(inMm);
  expect(sentenceOf(selfTest, { bottle: 0.25 })).toBe(sentenceOf(selfTest).replace(said, inMm));
  const both = { ...selfTest, cap: selfTest['bottle']! };
  const [bottle, cap] = sentenceOf(both, { cap: 1 }).split('\n');
  expect(bottle).toContain(said);
  expect(cap).toContain('(13 mm / 13 of 256 px)');
  const facts = { lines: [], classes: ['bottle'], thresholds: undefined, selfTest };
  expect(reportParagraph({ ...facts, scale: { bottle: 0.25 } }).join(' ')).toContain(inMm);
});

test('each size of the self-test is said in mm as the smallest one is, and not without a scale or a side', () => {
  const bottle = selfTest['bottle']!;
  const sizes = bottle.bySize.map(({ size }) => sizeInMm(size, bottle, 0.25));
  expect(sizes).toEqual(['2 mm', '3.3 mm', '5.8 mm', '10 mm', '18 mm']);
  expect(sentenceOf(selfTest, { bottle: 0.25 })).toContain(`(${sizes[1]} / `);
  const { scores, ...older } = bottle;
  expect(scores!.side).toBe(256);
  expect(sizeInMm(0.05, older, 0.25)).toBe('3.3 mm');
  expect(sizeInMm(0.05, { smallest: null }, 0.25)).toBeUndefined();
  expect(sizeInMm(0.05, bottle, undefined)).toBeUndefined();
});

test('a size counts with the longer side of a pixel where pictures are stretched to the input', () => {
  const taken = { width: 800, height: 400 };
  expect(mmAtSize(0.1, taken, { width: 200, height: 200 })).toEqual({ x: 0.4, y: 0.2 });
  expect(mmAsSeen(0.1, taken, { width: 200, height: 200, fit: 'stretch' })).toBeCloseTo(0.4);
  expect(mmAsSeen(0.1, taken, { width: 200, height: 200, fit: 'pad' })).toBeCloseTo(0.4);
  expect(mmAsSeen(0.1, { width: 400, height: 800 }, { width: 200, height: 200, fit: 'pad' })).toBeCloseTo(
    0.4,
  );
});

test('lengths have two digits, and whole millimetres from 10 on', () => {
  expect([0.0321, 3.26, 9.96, 12.4, 1234].map(mmText)).toEqual([
    '0.032 mm',
    '3.3 mm',
    '10 mm',
    '12 mm',
    '1234 mm',
  ]);
  expect(extentText(12, 8, undefined)).toBe('12 × 8 px');
  expect(extentText(12, 8, { x: 0.25, y: 0.5 })).toBe('3 × 4 mm / 12 × 8 px');
});

test('a table has the regions’ number and the first one’s box in pixels and mm, and empty cells where they are not known', () => {
  const found = { count: 2, first: [10, 20, 12, 8.04] as const };
  const named = (cells: readonly (number | null)[]) =>
    Object.fromEntries(REGION_COLUMNS.map((name, i) => [name, cells[i]]));
  expect(named(regionCells(found, { x: 0.25, y: 0.5 }))).toEqual({
    regions: 2,
    'region x': 10,
    'region y': 20,
    'region width': 12,
    'region height': 8,
    'region width mm': 3,
    'region height mm': 4.02,
  });
  expect(regionCells(found, undefined)).toEqual([2, 10, 20, 12, 8, null, null]);
  expect(regionCells({ count: 0, first: undefined }, undefined)).toEqual([
    0,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(regionCells(undefined, { x: 1, y: 1 })).toEqual(Array(7).fill(null));
});
