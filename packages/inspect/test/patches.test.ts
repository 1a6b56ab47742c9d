import { methodOf, withInput, type PatchCoreConfig, type SelfTest } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { chosenIfNoWorse, withChosenPatches } from '../src/index.js';

const { model } = methodOf({ method: 'patchcore' }).presets['fast']!;
const coresetOf = (config: unknown) => (config as PatchCoreConfig | undefined)?.coreset;

test('a bank of chosen patches has as many as the one that draws them, where there are more than twice as many to choose from', () => {
  // 256 pixels: 32 × 32 patches a picture
  expect(withChosenPatches(model, 15)).toBe(undefined);
  expect(coresetOf(withChosenPatches(model, 16))).toEqual({
    share: 1,
    start: 'exact',
    rows: 8192,
    projection: 128,
    candidates: 1_000_000,
  });
  const large = withInput(model, { height: 512, width: 256, fit: 'stretch' });
  expect(coresetOf(withChosenPatches(large, 7))).toBe(undefined);
  expect(coresetOf(withChosenPatches(large, 8))?.rows).toBe(8192);
  const tiled = { ...large, tiles: { size: [256, 256], overlap: 0 } } as typeof model;
  expect(coresetOf(withChosenPatches(tiled, 8))?.rows).toBe(8192);
});

test('a bank that chooses its patches, or keeps all of them, is left as it is', () => {
  expect(withChosenPatches(withChosenPatches(model, 30)!, 30)).toBe(undefined);
  const { patchcore } = methodOf({ method: 'patchcore' }).presets;
  expect(withChosenPatches(patchcore!.model, 30)).toBe(undefined);
});

const bank = (found: number, passed = true) => ({
  info: {
    selfTest: {
      part: { passed, figure: 0.9, clear: { drawn: 44, found, placed: found } },
    } as unknown as SelfTest,
  },
});

async function triedOn(before: number, ...after: readonly [withoutCopies: boolean, found: number][]) {
  const told: string[] = [];
  const drawn = bank(before);
  const tried = after.map(([withoutCopies, found]) => ({
    withoutCopies,
    make: () => Promise.resolve(bank(found)),
  }));
  const kept = await chosenIfNoWorse(drawn, tried, (line) => void told.push(line));
  return { kept: kept && tried.indexOf(kept.by), told };
}

test('chosen patches stay where chance may explain that fewer defects are found', async () => {
  expect(await triedOn(30, [false, 28])).toEqual({
    kept: 0,
    told: [
      'patches: those of the memory bank were drawn at random; one of as many that are chosen to cover all of them is tried',
      'patches: chosen ones stay: 28 of 44 clear drawn defects are found, 30 before',
    ],
  });
  expect(await triedOn(30, [false, 26])).toEqual({
    kept: undefined,
    told: [
      expect.stringMatching(/is tried$/),
      'patches: chosen ones are left out: 26 of 44 clear drawn defects are found, 30 before',
    ],
  });
});

test('copies are left out where the chosen patches test no worse without them, and are tried otherwise', async () => {
  const { kept, told } = await triedOn(30, [true, 29], [false, 44]);
  expect([kept, told.length]).toEqual([0, 2]);
  expect(told[0]).toMatch(/ without rotated and mirrored copies, is tried$/);
  expect((await triedOn(30, [true, 20], [false, 29])).kept).toBe(1);
  expect((await triedOn(30, [true, 20], [false, 20])).kept).toBe(undefined);
  expect(await triedOn(30)).toEqual({ kept: undefined, told: [] });
});
