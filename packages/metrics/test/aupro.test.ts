import { describe, expect, test } from 'vitest';
import { aupro, type Mask, type ScoreMap } from '../src/index.js';
import { auproBySteps, auproByThresholds } from './bruteForce.js';
import { expectUndefined, expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const PAPER = { protocol: 'paper' } as const;
const EXACT = { protocol: 'exact' } as const;

function image(width: number, scores: number[], mask: number[]): [ScoreMap, Mask] {
  const height = scores.length / width;
  return [
    { data: Float64Array.from(scores), width, height },
    { data: Uint8Array.from(mask), width, height },
  ];
}

// Regions of 1 and 4 pixels, 10 normal pixels, of which three score 7, 4 and 2.
const [mapA, maskA] = image(6, [9, 0, 0, 8, 8, 0, 0, 7, 0, 5, 5, 4], [1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0]);
const [mapB, maskB] = image(3, [2, 0, 0], [0, 0, 0]);

describe('hand-computed values', () => {
  test('aupro averages over regions, not pixels', () => {
    // Overlap (1 + 2/4) / 2 = 0.75 until the first false positive, 1 until the third.
    expectValue('exact', aupro([mapA, mapB], [maskA, maskB], EXACT), (0.75 * 1 + 1 * 2) / 3);
  });

  test('the paper rule keeps rates strictly below the limit and rescales them to [0, 1]', () => {
    // Thresholds 0, 3, 6: rates 0.3 (not below 0.3), 0.2, 0.1; overlaps 1, 1, 0.75.
    expectValue('paper', aupro([mapA, mapB], [maskA, maskB], { ...PAPER, steps: 3 }), 0.875);
    const wider = { ...PAPER, steps: 3, fprLimit: 0.31 };
    expectValue('limit 0.31', aupro([mapA, mapB], [maskA, maskB], wider), (1 + 0.875) / 2);
  });

  test('the exact rule cuts a sloped segment at the limit', () => {
    // All pixels tied: overlap equals the rate, the area to 0.3 is 0.045, divided by 0.3.
    const [map, mask] = image(2, [1, 1, 1, 1], [1, 0, 0, 0]);
    expectValue('constant', aupro([map], [mask], EXACT), 0.15);
    expectValue('constant to 1', aupro([map], [mask], { ...EXACT, fprLimit: 1 }), 0.5);
  });

  test('the exact rule gives 1 for a perfect separation and 0 for an inverted one', () => {
    const [map, mask] = image(2, [3, 1, 2, 1], [1, 0, 0, 0]);
    expectValue('perfect', aupro([map], [mask], EXACT), 1);
    const [inverted] = image(2, [0, 1, 2, 1], [1, 0, 0, 0]);
    expectValue('inverted', aupro([inverted], [mask], EXACT), 0);
  });
});

describe('random maps agree with direct counting', () => {
  test.each([
    ['distinct', 2 ** 20],
    ['tied', 9],
  ])('when scores are %s', (_, levels) => {
    const random = seeded(31);
    for (let round = 0; round < 4; round++) {
      const sizes = [
        [6, 5],
        [5, 6],
        [1, 8],
      ] as const;
      const maps: ScoreMap[] = [];
      const masks: Mask[] = [];
      for (const [index, [width, height]] of sizes.entries()) {
        const mask = Uint8Array.from({ length: width * height }, () => Number(index < 2 && random() < 0.25));
        const data = Float32Array.from(mask, (label) => Math.floor((random() + label * 0.4) * levels));
        maps.push({ data, width, height });
        masks.push({ data: mask, width, height });
      }
      const doubles = maps.map((map) => ({ ...map, data: Float64Array.from(map.data) }));
      for (const fprLimit of [0.3, 0.55, 1]) {
        const exact = auproByThresholds(maps, masks, fprLimit);
        const paper = auproBySteps(maps, masks, fprLimit, 23);
        for (const given of [maps, doubles, [doubles[0]!, ...maps.slice(1)]]) {
          expectValue('exact', aupro(given, masks, { ...EXACT, fprLimit }), exact);
          expectValue('paper', aupro(given, masks, { ...PAPER, fprLimit, steps: 23 }), paper);
        }
      }
    }
  });
});

describe('an undefined AU-PRO is null with the reason', () => {
  const [map, mask] = image(2, [3, 1, 2, 1], [1, 0, 0, 0]);

  test('without a region, without a normal pixel, without an image', () => {
    const none = { ...mask, data: new Uint8Array(4) };
    const all = { ...mask, data: new Uint8Array(4).fill(1) };
    for (const options of [PAPER, EXACT]) {
      expectUndefined('no region', aupro([map], [none], options), /no anomalous region/);
      expectUndefined('no normal pixel', aupro([map], [all], options), /no normal sample/);
      expectUndefined('no image', aupro([], [], options), /no anomalous region/);
    }
  });

  test('in the paper rule for a constant map, which has no thresholds', () => {
    const [constant] = image(2, [1, 1, 1, 1], [1, 0, 0, 0]);
    expectUndefined('constant', aupro([constant], [mask], PAPER), /all scores are equal/);
  });

  test('in the paper rule when all kept points share a rate, as with a perfect separation', () => {
    const [perfect, where] = image(2, [3, 1, 1, 1], [1, 0, 0, 0]);
    expectUndefined('perfect', aupro([perfect], [where], PAPER), /same rate/);
  });

  test('in the paper rule when no threshold is below the limit', () => {
    const [inverted, where] = image(2, [0, 3, 3, 3], [1, 0, 0, 0]);
    expectUndefined('inverted', aupro([inverted], [where], PAPER), /no threshold .* below 0\.3/);
  });

  test('in the paper rule when the range overflows or cannot be divided', () => {
    const [huge, where] = image(2, [Number.MAX_VALUE, -Number.MAX_VALUE], [1, 0]);
    expectUndefined('huge', aupro([huge], [where], PAPER), /cannot be divided/);
    const [tiny] = image(2, [Number.MIN_VALUE, 0], [1, 0]);
    expectUndefined('tiny', aupro([tiny], [where], PAPER), /cannot be divided/);
  });
});

describe('programmer errors throw a sentence', () => {
  const square: ScoreMap = { data: new Float32Array(4), width: 2, height: 2 };
  const mask: Mask = { data: new Uint8Array(4), width: 2, height: 2 };

  test('when maps and masks do not pair up in number or size', () => {
    expect(() => aupro([square], [], EXACT)).toThrow('got 1 maps and 0 masks');
    const flat = { ...mask, width: 4, height: 1 };
    expect(() => aupro([square], [flat], EXACT)).toThrow(
      'masks[0] must be as large as maps[0], 2 x 2, got 4 x 1',
    );
    const short = { ...square, data: new Float32Array(3) };
    expect(() => aupro([short], [mask], EXACT)).toThrow(
      'maps[0] must hold width * height = 2 * 2 values, got 3',
    );
    const cut = { ...mask, data: new Uint8Array(3) };
    expect(() => aupro([square], [cut], EXACT)).toThrow(
      'masks[0] must hold width * height = 2 * 2 values, got 3',
    );
  });

  test.each([NaN, Infinity, -Infinity])('when a map holds %s, with its place', (bad) => {
    const broken = { ...square, data: Float32Array.of(0, 0, 0, bad) };
    expect(() => aupro([square, broken], [mask, mask], PAPER)).toThrow(
      `got ${bad} in maps[1] at x = 1, y = 1`,
    );
  });

  test('when an option is out of range', () => {
    for (const fprLimit of [0, -1, 1.1, NaN]) {
      expect(() => aupro([square], [mask], { ...EXACT, fprLimit })).toThrow('fprLimit must be in (0, 1]');
    }
    for (const steps of [0, 1.5, NaN]) {
      expect(() => aupro([square], [mask], { ...PAPER, steps })).toThrow(
        'steps must be an integer of at least 1',
      );
    }
  });
});
