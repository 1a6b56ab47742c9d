// The page's results, on WebGPU and on WebAssembly with several threads, compared with Node's for the same files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticDataset } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cells,
  goTo,
  goToStart,
  judged,
  press,
  pressAndChoose,
  tabTo,
  verdictOn,
  type Found,
} from './acts.js';
import { seriousFaults } from './axe.js';
import { executablePath, ISOLATING, root, startSite, type Site } from './page.js';
import { predicted } from './predicted.js';

/**
 * Backends that train. SwiftShader computes the GPU's work on the CPU: only with FUZZ=full. In CI the memory bank of small pictures shows the same;
 * with FUZZ=full the network is trained, too, on SwiftShader only with STORY_NETWORK=webgpu, which takes more than an hour on two cores.
 * STORY_BACKENDS=webgpu runs the story of CI on WebGPU.
 */
const FULL = process.env['FUZZ'] === 'full';
const TRAININGS = process.env['STORY_BACKENDS']?.split(',') ?? (FULL ? ['wasm', 'webgpu'] : ['wasm']);
if (!TRAININGS.includes('webgpu') && executablePath)
  console.warn(
    'SKIPPED: the first story on webgpu takes many minutes on SwiftShader; STORY_BACKENDS=webgpu or FUZZ=full runs it.',
  );

const withNetwork = (backend: string): boolean =>
  FULL && (backend !== 'webgpu' || process.env['STORY_NETWORK'] === 'webgpu');

const home = mkdtempSync(join(tmpdir(), 'pm-e2e-'));

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
    site = await startSite(ISOLATING);
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
      const want = await predicted(join(root, 'public/example/model.safetensors'), bad);
      expect(found.verdict).toBe(want.verdict);
      expect(Math.abs(found.score - want.score)).toBeLessThan(1e-4);
      expect(faults).toEqual([]);
      await page.context().close();
    },
    300_000,
  );

  test.each(TRAININGS)(
    `on %s the first story by keyboard alone: pictures, a model, verdicts, ${FULL ? 'a killed tab, a false alarm and an escape, a better model, ' : ''}thresholds by target, a report on paper, a reload, another browser`,
    async (backend) => {
      const { page: tab, faults } = await site.open(`?backend=${backend}`);
      const look = async (on: Page) => void faults.push(...(await seriousFaults(on)));
      await pressAndChoose(tab, button(tab, 'Choose a folder'), join(home, 'good'));
      await tab.getByText(/24 pictures added/).waitFor();
      await look(tab);
      await press(tab, step(tab, 'train'));
      await set(tab, withNetwork(backend));
      await look(tab);
      await press(tab, tab.locator('#train-start'));
      // axe waits for frames, which SwiftShader draws after the training's work: the self-test would be over before the tab is killed in it
      if (backend === 'wasm') await look(tab);
      const page = FULL ? await killedAndResumed(tab, faults) : tab;
      await page.locator('#train-download').waitFor({ timeout: 1_700_000 });
      const first = join(home, `${backend}.safetensors`);
      const model = page.waitForEvent('download');
      await press(page, page.locator('#train-download'));
      await (await model).saveAs(first);
      expect(readFileSync(first).length).toBeGreaterThan(100_000);
      await look(page);

      // two pictures to judge, with Node's scores
      await press(page, page.getByRole('link', { name: 'Judge pictures with it' }));
      const seen = new Map<string, Found>();
      for (const picture of [fine, bad]) {
        await pressAndChoose(page, button(page, 'Pictures …'), picture);
        const found = await verdictOn(page, picture.slice(picture.lastIndexOf('/') + 1));
        const want = await predicted(first, picture);
        expect(Math.abs(found.score - want.score)).toBeLessThan(1e-4);
        expect(found.verdict).toBe(want.verdict);
        seen.set(picture, found);
      }
      expect(seen.get(bad)!.score).toBeGreaterThan(seen.get(fine)!.score);
      // what a screen reader says of it
      expect(await page.locator('#live-verdict').innerText()).toMatch(
        new RegExp(`^${seen.get(bad)!.verdict}\\s+[\\d.]+ × limit`),
      );
      await look(page);

      if (FULL) await improved(page, look, withNetwork(backend));

      // thresholds by a target, kept in the project
      await press(page, step(page, 'adjust'));
      const save = page.getByRole('button', { name: 'Save', exact: true });
      const handle = page.getByRole('slider', { name: /reject/i });
      const before = await handle.getAttribute('aria-valuenow');
      await tabTo(page, page.locator('#target'));
      await page.keyboard.press('ControlOrMeta+A');
      // with known defects a target that they meet already moves nothing
      await page.keyboard.type(FULL ? '1' : '10');
      await press(page, button(page, 'Set by this target'));
      await expect.poll(() => handle.getAttribute('aria-valuenow')).not.toBe(before);
      const reject = Number(await handle.getAttribute('aria-valuenow'));
      await look(page);
      await press(page, save);
      await expect.poll(() => save.isDisabled()).toBe(true);
      await press(page, step(page, 'judge'));
      await goTo(page, 'Live');
      const again = await judged(page, fine);

      // the report as a PDF
      await press(page, step(page, 'report'));
      await page.getByRole('heading', { name: /^Inspection report/ }).waitFor();
      await look(page);
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(pdf.length).toBeGreaterThan(10_000);
      const rows = (of: Page) => of.locator('.report-pictures tbody').innerText();
      const reported = await rows(page);

      // all of it is there after a reload
      await page.reload();
      await expect.poll(() => rows(page)).toBe(reported);

      // exported, and imported in another browser
      await goToStart(page);
      await look(page);
      await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
      const file = join(home, `${backend}.pmproject`);
      const exported = page.waitForEvent('download');
      await press(page, button(page, /^Export /));
      await (await exported).saveAs(file);
      const { page: other, faults: others } = await site.open(`?backend=${backend}`);
      await pressAndChoose(other, button(other, 'Import a project'), file);
      await cells(other).first().waitFor();
      await press(other, step(other, 'report'));
      await expect.poll(() => rows(other)).toBe(reported);
      await press(other, step(other, 'adjust'));
      const there = other.getByRole('slider', { name: /reject/i });
      await expect.poll(async () => Number(await there.getAttribute('aria-valuenow'))).toBe(reject);
      await goTo(other, 'Live');
      const moved = await judged(other, fine);
      expect(moved.verdict).toBe(again.verdict);
      // WebGPU adds the parts of a long sum in any order
      const apart = backend === 'webgpu' ? 1e-5 * again.score : 0;
      expect(Math.abs(moved.score - again.score)).toBeLessThanOrEqual(apart);
      expect([faults, others]).toEqual([[], []]);
      await page.context().close();
      await other.context().close();
    },
    FULL ? 7_200_000 : 1_800_000,
  );
});

const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name }).first();
const step = (page: Page, name: string): Locator => page.locator(`.steps-of-work a[data-step="${name}"]`);

/** The tab is killed while it trains: nothing is lost, and another one goes on. */
async function killedAndResumed(tab: Page, faults: string[]): Promise<Page> {
  await tab.getByText(/testing itself: picture \d+/i).waitFor({ timeout: 1_700_000 });
  const page = await tab.context().newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  const at = tab.url();
  await tab.close({ runBeforeUnload: false });
  await page.goto(at);
  await page.getByText(/^The browser keeps a training/).waitFor({ timeout: 60_000 });
  await press(page, button(page, 'Resume it'));
  return page;
}

/** Ten good and ten defective pictures more; a false alarm and an escape are marked, and the model is made again with them. */
async function improved(page: Page, look: (on: Page) => Promise<void>, network: boolean): Promise<void> {
  await press(page, step(page, 'pictures'));
  await pressAndChoose(page, button(page, 'Choose a folder'), join(home, 'later'));
  await page.getByText('20 pictures added: 10 good, 10 defective.').waitFor();
  await press(page, step(page, 'judge'));
  await goTo(page, 'Live');
  await page.getByText('20 pictures of the project have no verdict yet.').waitFor();
  await press(page, button(page, 'Judge them'));
  await expect.poll(() => count(page), { timeout: 600_000 }).toBe(22);

  // what a person says: the good picture is an escape, the defective one a false alarm
  const say = async (name: string, what: string) => {
    await press(page, page.locator('.judged-list').getByRole('button', { name }));
    await verdictOn(page, name);
    await press(page, button(page, what));
    await page.getByRole('button', { name: what, pressed: true }).waitFor();
  };
  await say('bad.png', 'This is good');
  await say('fine.png', 'This is defective');
  await page.getByText('22 pictures that this model does not know: 11 good, 11 defective.').waitFor();
  await look(page);
  // the choices of a tab are gone with it
  await press(page, step(page, 'train'));
  await set(page, network);
  await press(page, step(page, 'judge'));
  await goTo(page, 'Live');
  await press(page, button(page, 'Train again with these'));
  await page.getByText(/^Training: /).waitFor();
  // the model of before judges meanwhile; then the new one is in use, and judges what it has not learnt
  await page.getByText(/^Training: /).waitFor({ state: 'detached', timeout: 1_700_000 });
  await page.locator('#live-history').waitFor();
  await expect.poll(() => count(page), { timeout: 600_000 }).toBe(11);
  // a picture that is judged twice is counted once
  await expect
    .poll(() => page.locator('#live-counts').innerText(), { timeout: 600_000 })
    .not.toMatch(/waiting/);
  expect(await page.locator('#relearn').count()).toBe(0);
}

/** The memory bank of small pictures, and the network for a minute where it is wanted. */
async function set(page: Page, network: boolean): Promise<void> {
  await press(page, page.locator('summary', { hasText: /^Details$/ }));
  // a letter chooses in a list that has the focus
  await tabTo(page, page.locator('#train-time'));
  await page.keyboard.type(network ? '1 m' : 'Not');
  await tabTo(page, page.locator('#train-size'));
  await page.keyboard.type('64');
  expect(await page.locator('#train-time').inputValue()).toBe(network ? '60' : 'null');
  expect(await page.locator('#train-size').inputValue()).toBe('64');
}

/** The number of files that were judged. */
async function count(page: Page): Promise<number> {
  const [shown] = await page.locator('#live-counts').all();
  return Number(/^\d+/.exec((await shown?.textContent()) ?? '')?.[0] ?? 0);
}
