// What follows from the scores of a self-test.
import { selfTestSchema, type ClassSelfTest, type ModelInfo } from '@pyramid-mamba/model';
import { describe, expect, test } from 'vitest';
import {
  distrustOf,
  figureOf,
  retested,
  selfTestOf,
  sentenceOf,
  withThresholds,
  type DrawnRecord,
  type GoodRecord,
  type SelfTestRecord,
} from '../src/index.js';

const good = (score: number, i: number): GoodRecord => ({
  className: 'tile',
  picture: `g${i}`,
  kind: 'good',
  score,
  side: 200,
  thinned: new Float32Array(1),
});
const SIZES = [0.03, 0.05, 0.09, 0.16, 0.28];
const drawnRecord = (score: number, i: number, changes: Partial<DrawnRecord> = {}): DrawnRecord => ({
  className: 'tile',
  picture: `g${i % 20}`,
  kind: i % 2 === 0 ? 'spot' : 'scratch',
  size: SIZES[i % 5]!,
  contrast: [1, 2, 4][i % 3]!,
  seed: `1/${i}`,
  score,
  side: 200,
  peakInside: true,
  drawnAt: { width: 256, height: 256 },
  ...changes,
});

describe('a self-test', () => {
  const goods = Array.from({ length: 20 }, (_, i) => good(i / 100, i));
  const thresholds = { tile: { review: 0.25, reject: 0.3 } };

  test('of a model that finds all but the smallest defects passes, and says from what size on', () => {
    const records: SelfTestRecord[] = [
      ...goods,
      ...Array.from({ length: 60 }, (_, i) =>
        drawnRecord(i % 5 === 0 ? 0.24 : 0.9, i, { peakInside: i % 7 !== 0 }),
      ),
    ];
    const found = selfTestOf(records, thresholds);
    expect(selfTestSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
    expect(found['tile']).toMatchObject({
      passed: true,
      good: { pictures: 20, refused: 0, toReview: 0 },
      drawn: { drawn: 60, found: 48 },
      smallest: { size: 0.05, pixels: 10, side: 200 },
    });
    expect(found['tile']!.figure).toBeGreaterThan(0.9);
    expect(found['tile']!.drawn.placed).toBe(41);
    expect(found['tile']!.bySize.map(({ found: at }) => at)).toEqual([0, 12, 12, 12, 12]);
    expect(found['tile']!.examples.length).toBe(12);
    expect(sentenceOf(found)).toMatch(
      /^Self-test: of 60 defects drawn on good pictures it finds 48 \(95 % interval 68 to 88 %\), from 5 % of the picture's side \(10 of 200 pixels\) nine in ten; of 20 good pictures it refuses 0 \(0 to 16 %\)\.$/,
    );
  });

  test.each([
    ['overlooks clear defects', 0.05, thresholds, /overlooks \d+ of \d+ clear drawn defects/],
    ['has no thresholds', 0.9, {}, /no thresholds/],
    ['refuses good pictures', 0.9, { tile: { review: 0.05, reject: 0.1 } }, /refuses 10 of 20 good pictures/],
  ] as const)('of a model that %s does not pass, with the reason', (_, score, calibration, reason) => {
    const records = [...goods, ...Array.from({ length: 60 }, (_other, i) => drawnRecord(score, i))];
    const found = selfTestOf(records, calibration)['tile']!;
    expect(found.passed).toBe(false);
    expect(found.reason).toMatch(reason);
    expect(sentenceOf({ tile: found })).toMatch(/^Self-test: not to be trusted with an OK, /);
  });

  test('counts each class alone, and a good picture’s shifted copies only in the figure', () => {
    const records: SelfTestRecord[] = [
      ...goods,
      { ...good(5, 99), copy: true },
      ...Array.from({ length: 40 }, (_, i) => drawnRecord(0.9, i)),
      { ...good(0.1, 0), className: 'nut' },
    ];
    const found = selfTestOf(records, thresholds);
    expect(Object.keys(found)).toEqual(['tile', 'nut']);
    expect(found['tile']!.good.pictures).toBe(20);
    expect(found['tile']!.figure).toBeLessThan(1);
    expect(found['nut']).toMatchObject({ passed: false, reason: expect.stringMatching(/only 1 unseen/) });
    expect(sentenceOf(found).split('\n')).toHaveLength(2);
  });

  test('has the figure 0.5 for defects that change no score, on whichever pictures they are, and 1 for those above all', () => {
    const unchanged = [14, 17, 19].map((i) => drawnRecord(i / 100, i));
    expect(figureOf([...goods, ...unchanged])).toBeCloseTo(0.5);
    const above = goods.map((_, i) => drawnRecord(0.9, i));
    expect(figureOf([...goods, ...above])).toBeGreaterThan(0.9);
    // a change of colour does not count
    expect(figureOf([...goods, ...above.map((one) => ({ ...one, kind: 'colour' as const }))])).toBe(0);
    expect(figureOf(goods)).toBe(0);
  });

  test('is counted again by other thresholds from its stored scores, as if made with them', () => {
    const records: SelfTestRecord[] = [
      ...goods,
      ...Array.from({ length: 60 }, (_, i) => drawnRecord(i % 4 === 0 ? 0.27 : 0.28 + i / 100, i)),
    ];
    const made = selfTestOf(records, thresholds);
    const stored = selfTestSchema.parse(JSON.parse(JSON.stringify(made)));
    const shares = ({ examples, ...rest }: ClassSelfTest) => ({ rest, pictures: examples.length });
    for (const [review, reject, passed] of [
      [0.25, 0.3, true],
      [0.275, 0.9, true],
      [0.7, 0.9, false],
      [0.05, 0.1, false],
    ] as const) {
      const other = { tile: { review, reject } };
      const again = retested(stored, other)['tile']!;
      expect(again.passed).toBe(passed);
      expect(shares(again)).toEqual(shares(selfTestOf(records, other)['tile']!));
      for (const { found, at } of again.examples)
        expect(found).toBe(again.scores!.drawn[at!]!.score >= review);
    }
    expect(retested(stored, {})['tile']!.reason).toMatch(/no thresholds/);
    expect(retested(retested(stored, {}), thresholds)).toEqual(stored);
    const { scores: _, ...old } = stored['tile']!;
    expect(retested({ tile: old }, {})).toEqual({ tile: old });
  });

  test('is no reason to trust an OK by thresholds that would not have passed it', () => {
    const records = [...goods, ...Array.from({ length: 60 }, (_, i) => drawnRecord(0.5, i))];
    const calibration = (review: number, method: 'drawn' | 'manual' = 'manual') => ({
      tile: {
        review,
        reject: 0.9,
        method,
        goodCount: 20,
        defectCount: 0,
        scoreRange: [0, 1] as [number, number],
        background: 0,
      },
    });
    const selfTest = selfTestOf(records, thresholds);
    expect(distrustOf({ selfTest, calibration: calibration(0.25, 'drawn') }, 'tile')).toBeUndefined();
    expect(distrustOf({ selfTest, calibration: calibration(0.4) }, 'tile')).toBeUndefined();
    expect(distrustOf({ selfTest, calibration: calibration(0.6) }, 'tile')).toMatch(
      /^the model failed its self-test for tile: it overlooks 24 of 24 clear drawn defects$/,
    );
    // moved by hand, without a file
    const own = calibration(0.25, 'drawn');
    expect(distrustOf({ selfTest, calibration: own }, 'tile', { review: 0.6, reject: 0.9 })).toMatch(
      /overlooks/,
    );
    const failed = selfTestOf(records, { tile: { review: 0.6, reject: 0.9 } });
    expect(distrustOf({ selfTest: failed, calibration: own }, 'tile')).toBeUndefined();
    const info = { selfTest: failed, classes: ['tile'] } as unknown as ModelInfo;
    expect(withThresholds(info, own)).toEqual({ ...info, calibration: own, selfTest: retested(failed, own) });
    // a file of an older version has no scores
    const { scores: _, ...tile } = selfTest['tile']!;
    const old = { tile };
    expect(distrustOf({ selfTest: old, calibration: own }, 'tile')).toBeUndefined();
    expect(
      distrustOf({ selfTest: old, calibration: own }, 'tile', { review: 0.2, reject: 0.9 }),
    ).toBeUndefined();
    for (const doubted of [
      distrustOf({ selfTest: old, calibration: own }, 'tile', { review: 0.26, reject: 0.9 }),
      distrustOf({ selfTest: old, calibration: calibration(0.1) }, 'tile'),
    ])
      expect(doubted).toMatch(/^the thresholds of tile were changed after the model had tested itself/);
  });
});
