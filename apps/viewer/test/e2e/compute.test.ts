// The page's results, on WebGPU and on WebAssembly, compared with Node's for the same files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticDataset } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { encoderSeed, seededEncoderWeights, writeSafetensors } from '@pyramid-mamba/model';
import { useBackend } from '@pyramid-mamba/ssm-kernels/backend';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goTo, judged, newProject, scoreOf, verdictOn } from './acts.js';
import { executablePath, root, startSite, type Site } from './page.js';
import { predicted } from './predicted.js';

/**
 * Backends that train, with epochs. SwiftShader computes the GPU's work on the CPU, some twenty seconds per step: fewer steps
 * show the same, and only with FUZZ=full, in seven minutes.
 */
const TRAININGS: [backend: string, epochs: number][] = [['wasm', 40]];
if (process.env['FUZZ'] === 'full') TRAININGS.push(['webgpu', 6]);
else if (executablePath)
  console.warn('SKIPPED: training in the page on webgpu takes minutes on SwiftShader; FUZZ=full runs it.');

const home = mkdtempSync(join(tmpdir(), 'pm-e2e-'));

/** Writes a narrow encoder: with the page's own, which is twice as wide, the training would take three times as long. */
async function narrowEncoder(file: string): Promise<void> {
  await useBackend('wasm');
  const weights = await seededEncoderWeights({ arch: 'resnet18', width: 32 }, encoderSeed());
  writeFileSync(file, writeSafetensors(weights, {}));
}

/** Saves the model of the Train view as `file`. */
async function downloaded(page: Page, file: string): Promise<void> {
  const download = page.waitForEvent('download');
  await page.locator('#train-download').click();
  await (await download).saveAs(file);
}

describe.skipIf(!executablePath)('the page computes', () => {
  let site: Site;
  const good = join(home, 'good', 'bottle');
  const bad = join(home, 'bad.png');
  const fine = join(home, 'fine.png');
  const encoder = join(home, 'narrow.safetensors');
  beforeAll(async () => {
    const dataset = syntheticDataset();
    mkdirSync(good, { recursive: true });
    const train = dataset.train.filter(({ className }) => className === 'bottle').slice(0, 24);
    for (const [i, sample] of train.entries())
      writeFileSync(join(good, `${i}.png`), await encodePngRgb((await sample.load(64)).image));
    const tests = dataset.test.filter(({ className }) => className === 'bottle');
    const defective =
      tests.find(({ defect }) => defect !== 'good' && /broken|missing|crack/.test(defect)) ?? tests.at(-1)!;
    writeFileSync(bad, await encodePngRgb((await defective.load(64)).image));
    writeFileSync(
      fine,
      await encodePngRgb((await tests.find(({ defect }) => defect === 'good')!.load(64)).image),
    );
    await narrowEncoder(encoder);
    site = await startSite();
  }, 120_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test.each(['wasm', 'webgpu'])(
    'on %s the verdict of a dropped picture, with the score of Node',
    async (backend) => {
      const { page, faults } = await site.open(`?backend=${backend}#example/judge/now`);
      await page.locator('#live-files').waitFor({ state: 'attached' });
      const found = await judged(page, bad);
      expect(await page.locator('#engine-status').textContent()).toMatch(
        backend === 'wasm' ? /WebAssembly/ : /WebGPU/,
      );
      const want = predicted(join(root, 'public/example/model.safetensors'), bad);
      expect(found.verdict).toBe(want.verdict);
      expect(Math.abs(found.score - want.score)).toBeLessThan(1e-4);
      expect(faults).toEqual([]);
      await page.context().close();
    },
    300_000,
  );

  test.each(TRAININGS)(
    'on %s a model trained on 24 pictures finds a defect, learns it as a false alarm, and its file gives Node the same score',
    async (backend, epochs) => {
      const { page, faults } = await site.open(`?backend=${backend}`);
      await newProject(page, join(home, 'good'));
      await goTo(page, 'Train');
      await page.getByText('Details', { exact: true }).click();
      await page.locator('#train-time').selectOption('alone');
      await page.locator('#train-size').selectOption('64');
      await page.locator('#train-effort').selectOption('quick');
      await page.locator('#train-epochs').fill(String(epochs));
      await page.locator('#train-encoder').setInputFiles(encoder);
      await page.locator('#train-start').click();
      await page.locator('#train-download').waitFor({ timeout: 800_000 });
      const model = join(home, `${backend}.safetensors`);
      await downloaded(page, model);
      expect(readFileSync(model).length).toBeGreaterThan(100_000);
      await page.getByRole('link', { name: 'Judge pictures with it' }).click();
      const [plain, defect] = [await judged(page, fine), await judged(page, bad)];
      expect(defect.score).toBeGreaterThan(plain.score);
      expect(defect.verdict).toBe('NG');
      for (const [picture, found] of [
        [fine, plain],
        [bad, defect],
      ] as const) {
        const want = predicted(model, picture);
        expect(Math.abs(found.score - want.score)).toBeLessThan(1e-4);
        expect(found.verdict).toBe(want.verdict);
      }

      // the defect is marked as a false alarm: the model learns it, judges it again, and its file includes it
      await page.getByRole('button', { name: 'This one is fine' }).click();
      await page.getByRole('button', { name: 'Learn it' }).click();
      await expect.poll(() => scoreOf(page), { timeout: 300_000 }).toBeLessThan(defect.score);
      await page.getByText(/^bad\.png was learnt as a good picture of .* The thresholds moved/).waitFor();
      await goTo(page, 'Train');
      await downloaded(page, model);
      const want = predicted(model, bad);
      await goTo(page, 'Live');
      // the project's own pictures are judged anew as well, and shown meanwhile
      const row = page.locator('.judged-list').getByRole('button', { name: 'bad.png' }).first();
      const learnt = async () => {
        await row.click();
        const { score, verdict } = await verdictOn(page, 'bad.png');
        return { close: Math.abs(score - want.score) < 1e-4, verdict };
      };
      await expect.poll(learnt, { timeout: 120_000 }).toEqual({ close: true, verdict: want.verdict });
      expect(faults).toEqual([]);
      await page.context().close();
    },
    900_000,
  );
});
