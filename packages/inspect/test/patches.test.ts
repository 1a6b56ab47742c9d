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

test.each([
  [30, 28, true, 'stay: 28 of 44 clear drawn defects are found, 30 before'],
  [30, 26, false, 'are left out: 26 of 44 clear drawn defects are found, 30 before'],
])('of %i and %i clear defects found, the chosen patches stay: %s', async (before, after, stay, words) => {
  const told: string[] = [];
  const [drawn, chosen] = [bank(before), bank(after)];
  const kept = await chosenIfNoWorse(
    drawn,
    () => Promise.resolve(chosen),
    (line) => void told.push(line),
  );
  expect(kept).toBe(stay ? chosen : undefined);
  expect(told).toEqual([expect.stringMatching(/^patches: .* is tried$/), `patches: chosen ones ${words}`]);
});
