// Areas that are set after a self-test: it says nothing of what it did not see.
import type { ModelInfo, ProductAreas } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import {
  distrustOf,
  isWithin,
  NO_AREAS,
  retested,
  selfTestOf,
  sentenceOf,
  withAreas,
  withThresholds,
  type SelfTestRecord,
} from '../src/index.js';
import { lastingDoubts } from '../src/conclude.js';

const across = (from: number, to: number): ProductAreas => ({
  use: [
    [
      [from, 0],
      [to, 0],
      [to, 1],
      [from, 1],
    ],
  ],
  ignore: [],
});
const ABOUT = { className: 'tile', picture: 'a', side: 256 };
const THRESHOLDS = {
  review: 0.5,
  reject: 0.9,
  method: 'drawn' as const,
  goodCount: 20,
  defectCount: 0,
  scoreRange: [0, 0.4] as [number, number],
  background: 0,
};

/** A model of which every clear defect is found, so many of ten of them by what the map shows on the defect. */
function tested(onIt: number, areas?: ProductAreas): ModelInfo {
  const good = Array.from({ length: 20 }, (_, i): SelfTestRecord => ({
    ...ABOUT,
    picture: String(i),
    kind: 'good',
    score: i / 100,
    thinned: new Float32Array(),
  }));
  const drawn = Array.from({ length: 40 }, (_, i): SelfTestRecord => ({
    ...ABOUT,
    picture: String(i % 20),
    kind: 'hole',
    size: 0.28,
    contrast: 4,
    seed: String(i),
    score: 0.8,
    peakInside: i % 10 < onIt,
    drawnAt: { width: 256, height: 256 },
  }));
  return {
    classes: ['tile'],
    calibration: { tile: THRESHOLDS },
    selfTest: selfTestOf([...good, ...drawn], { tile: THRESHOLDS }),
    ...(areas && { areas: { tile: areas } }),
  } as unknown as ModelInfo;
}
const distrust = (info: ModelInfo) => distrustOf(info, 'tile');

test('areas are within others where those judge all of it', () => {
  expect(isWithin(across(0, 0.5), across(0, 0.6))).toBe(true);
  expect(isWithin(across(0, 0.6), across(0, 0.5))).toBe(false);
  expect([isWithin(across(0, 0.5), NO_AREAS), isWithin(NO_AREAS, across(0, 0.5))]).toEqual([true, false]);
  const { use } = across(0.5, 1);
  expect([isWithin({ use: [], ignore: use }, across(0, 0.5)), isWithin(NO_AREAS, NO_AREAS)]).toEqual([
    true,
    true,
  ]);
});

test('an OK of a part that the self-test did not see is not trusted, until the areas are those of before', () => {
  const info = tested(10, across(0, 0.5));
  expect(distrust(info)).toBeUndefined();
  const moved = withAreas(info, { tile: across(0.5, 1) });
  expect(distrust(moved)).toBe(
    'the judged areas of tile were changed after the model had tested itself with others: train it again with these areas to test them',
  );
  // and not all of the picture either
  const removed = withAreas(moved, {});
  expect(removed.areas).toBeUndefined();
  expect(distrust(removed)).toBe(distrust(moved));
  expect(sentenceOf(moved.selfTest!)).toMatch(/^Self-test: before its judged areas were changed, of 40 def/);
  // it depends on the areas, not on what was judged with them
  expect(lastingDoubts([distrust(moved)!])).toEqual([]);
  expect(withAreas(removed, { tile: across(0, 0.5) })).toEqual(info);
});

test('other thresholds do not make such a self-test one of these areas', () => {
  const moved = withAreas(tested(10, across(0, 0.5)), { tile: across(0.5, 1) });
  const again = withThresholds(moved, { tile: { ...THRESHOLDS, review: 0.3 } });
  expect(distrust(again)).toBe(distrust(moved));
  expect(retested(moved.selfTest!, { tile: THRESHOLDS })['tile']!.areas).toEqual(across(0, 0.5));
});

test('where areas leave more out than at the self-test, only what was found on the defect counts', () => {
  expect(distrust(withAreas(tested(10), { tile: across(0, 0.5) }))).toBeUndefined();
  const elsewhere = tested(5);
  expect(distrust(elsewhere)).toBeUndefined();
  expect(distrust(withAreas(elsewhere, { tile: across(0, 0.5) }))).toBe(
    'the model failed its self-test for tile: it overlooks 20 of 40 clear drawn defects',
  );
});
