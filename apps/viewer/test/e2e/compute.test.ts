// The page's results, on WebGPU and on WebAssembly, compared with Node's for the same files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticDataset } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cells, drop, goTo, goToStart, judged, newProject, verdictOn } from './acts.js';
import { executablePath, root, startSite, type Site } from './page.js';
import { predicted } from './predicted.js';

/**
 * Backends that train. SwiftShader computes the GPU's work on the CPU: only with FUZZ=full, and then with the network, too; in CI the
 * memory bank of small pictures shows the same.
 */
const FULL = process.env['FUZZ'] === 'full';
const TRAININGS = FULL ? ['wasm', 'webgpu'] : ['wasm'];
if (!FULL && executablePath)
  console.warn('SKIPPED: the first story on webgpu takes many minutes on SwiftShader; FUZZ=full runs it.');

const home = mkdtempSync(join(tmpdir(), 'pm-e2e-'));

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
  const later = join(home, 'later', 'bottle');
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
    const classes = tests.filter(({ defect }) => defect !== 'good').slice(1, 11);
    const more = dataset.train.filter(({ className }) => className === 'bottle').slice(24, 34);
    for (const [kind, samples] of [
      ['good', more],
      ['bad', classes],
    ] as const) {
      mkdirSync(join(later, kind), { recursive: true });
      for (const [i, sample] of samples.entries())
        writeFileSync(
          join(later, kind, `${kind}-${i}.png`),
          await encodePngRgb((await sample.load(64)).image),
        );
    }
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
    'on %s the first story: pictures, a model, verdicts, a false alarm and an escape, a better model, thresholds by target, a report on paper, a reload, another browser',
    async (backend) => {
      const { page: tab, faults } = await site.open(`?backend=${backend}`);
      await newProject(tab, join(home, 'good'));
      await goTo(tab, 'Train');
      await set(tab);
      await tab.locator('#train-start').click();
      // its tab is killed while it trains: nothing is lost, and what is done is not done again
      await tab.getByText(/testing itself: picture \d+/i).waitFor({ timeout: 1_700_000 });
      const page = await tab.context().newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      const at = tab.url();
      await tab.close({ runBeforeUnload: false });
      await page.goto(at);
      await page.getByRole('button', { name: 'Resume it' }).click({ timeout: 60_000 });
      await page.locator('#train-download').waitFor({ timeout: 1_700_000 });
      const first = join(home, `${backend}.safetensors`);
      await downloaded(page, first);
      expect(readFileSync(first).length).toBeGreaterThan(100_000);

      // two pictures to judge, with Node's scores
      await page.getByRole('link', { name: 'Judge pictures with it' }).click();
      const [plain, defect] = [await judged(page, fine), await judged(page, bad)];
      expect(defect.score).toBeGreaterThan(plain.score);
      for (const [picture, found] of [
        [fine, plain],
        [bad, defect],
      ] as const) {
        const want = predicted(first, picture);
        expect(Math.abs(found.score - want.score)).toBeLessThan(1e-4);
        expect(found.verdict).toBe(want.verdict);
      }

      // ten good and ten defective ones, dropped on the view
      await drop(page, [join(home, 'later')]);
      await page.getByText('20 pictures added: 10 good, 10 defective.').waitFor();
      await goTo(page, 'Live');
      await page.getByText('20 pictures of the project have no verdict yet.').waitFor();
      await page.getByRole('button', { name: 'Judge them' }).click();
      await expect.poll(() => count(page), { timeout: 600_000 }).toBe(22);

      // what a person says: the good picture is an escape, the defective one a false alarm
      const say = async (name: string, what: string) => {
        await page.locator('.judged-list').getByRole('button', { name }).click();
        await verdictOn(page, name);
        await page.getByRole('button', { name: what }).click();
        await page.getByRole('button', { name: what, pressed: true }).waitFor();
      };
      await say('bad.png', 'This is good');
      await say('fine.png', 'This is defective');
      await page.getByText('22 pictures that this model does not know: 11 good, 11 defective.').waitFor();
      // the choices of a tab are gone with it
      await goTo(page, 'Train');
      await set(page);
      await goTo(page, 'Live');
      await page.getByRole('button', { name: 'Train again with these' }).click();
      await page.getByText(/^Training: /).waitFor();
      // the model of before judges meanwhile; then the new one is in use, and judges what it has not learnt
      await page.getByText(/^Training: /).waitFor({ state: 'detached', timeout: 1_700_000 });
      await page.locator('#live-history').waitFor();
      await expect.poll(() => count(page), { timeout: 600_000 }).toBe(11);
      expect(await page.locator('#relearn').count()).toBe(0);
      const again = await lineOf(page, 'fine.png');

      // thresholds by a target, kept in the project
      await goTo(page, 'Thresholds');
      await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
      const handle = page.getByRole('slider', { name: /reject/i });
      const before = await handle.getAttribute('aria-valuenow');
      await page.locator('#target').fill('10');
      await page.getByRole('button', { name: 'Set by this target' }).click();
      await expect.poll(() => handle.getAttribute('aria-valuenow')).not.toBe(before);
      const reject = Number(await handle.getAttribute('aria-valuenow'));
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await expect
        .poll(() => page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
        .toBe(true);

      // the report as a PDF
      await page.locator('.steps-of-work a[data-step="report"]').click();
      await page.getByRole('heading', { name: /^Inspection report/ }).waitFor();
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(pdf.length).toBeGreaterThan(10_000);
      const reported = await page.locator('.report-pictures tbody').innerText();

      // all of it is there after a reload
      await page.reload();
      await expect.poll(() => page.locator('.report-pictures tbody').innerText()).toBe(reported);

      // exported, and imported in another browser
      await goToStart(page);
      await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
      const file = join(home, `${backend}.pmproject`);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: /^Export / }).click();
      await (await download).saveAs(file);
      const other = await site.open(`?backend=${backend}`);
      await other.page.locator('#import-project').setInputFiles(file);
      await cells(other.page).first().waitFor();
      await other.page.locator('.steps-of-work a[data-step="report"]').click();
      await expect.poll(() => other.page.locator('.report-pictures tbody').innerText()).toBe(reported);
      await goTo(other.page, 'Thresholds');
      const there = other.page.getByRole('slider', { name: /reject/i });
      await expect.poll(async () => Number(await there.getAttribute('aria-valuenow'))).toBe(reject);
      await goTo(other.page, 'Live');
      const found = await judged(other.page, fine);
      expect(`${found.score}`).toBe(again);
      expect([faults, other.faults]).toEqual([[], []]);
      await page.context().close();
      await other.page.context().close();
    },
    FULL ? 3_600_000 : 900_000,
  );
});

/** The memory bank of small pictures; with FUZZ=full also the network. */
async function set(page: Page): Promise<void> {
  await page.getByText('Details', { exact: true }).click();
  await page.locator('#train-time').selectOption(FULL ? '60' : 'null');
  await page.locator('#train-size').selectOption('64');
}

/** The number of files that were judged. */
async function count(page: Page): Promise<number> {
  const [shown] = await page.locator('#live-counts').all();
  return Number(/^\d+/.exec((await shown?.textContent()) ?? '')?.[0] ?? 0);
}

/** The score of a judged file, all its digits. */
async function lineOf(page: Page, name: string): Promise<string> {
  const row = page.locator('.judged-list tr', { hasText: name });
  return (await row.locator('td[title]').getAttribute('title'))!;
}
