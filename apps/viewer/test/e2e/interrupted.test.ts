// The third story: the tab is killed, and storage is full, while a project is trained, saved and imported. Nothing is lost that was there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSynthetic, seededRandom } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cells, drop, goTo, goToStart, judged, newProject } from './acts.js';
import { executablePath, startSite, type Site } from './page.js';

/** Times that a tab is killed while it saves, and while it imports. */
const KILLS = process.env['FUZZ'] === 'full' ? 20 : 4;
const GOOD = 24;
/** Pictures that are added by each drop. */
const MORE = 12;
/** A busy machine takes so long to train. */
const PATIENCE = 1_200_000;

describe.skipIf(!executablePath)('nothing is lost where', () => {
  const home = mkdtempSync(join(tmpdir(), 'pm-interrupted-'));
  const good = join(home, 'bottle', 'good');
  let site: Site;

  async function draw(folder: string, from: number, count: number, size: number): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (let index = from; index < from + count; index++) {
      const recipe = {
        className: 'bottle',
        seed: 1,
        split: 'train',
        index,
        defect: 'good',
        size,
      } as const;
      writeFileSync(join(folder, `${index}.png`), await encodePngRgb(renderSynthetic(recipe).image));
    }
  }

  beforeAll(async () => {
    await draw(good, 0, GOOD, 64);
    for (let kill = 0; kill <= KILLS; kill++)
      await draw(join(home, `more-${kill}`, 'good'), GOOD + kill * MORE, MORE, 256);
    site = await startSite();
  }, 300_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  /** The tab's process ends, as the system ends it or a crash; another tab of the same browser opens the address. */
  async function killed(page: Page, faults: string[], address = page.url()): Promise<Page> {
    const next = await page.context().newPage();
    next.on('pageerror', (error) => faults.push(error.message));
    await page.close({ runBeforeUnload: false });
    await next.goto(address);
    return next;
  }

  /** Storage is full, whatever is still removed of what killed tabs had begun, until the function that this resolves to is called or the tab ends. */
  async function fill(page: Page): Promise<() => Promise<unknown>> {
    // what a session overrides ends with it
    const cdp = await page.context().newCDPSession(page);
    const origin = new URL(site.at()).origin;
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    return () => cdp.detach();
  }

  /** Good pictures of the open project, as the Pictures view counts them. */
  async function goodPictures(page: Page): Promise<number> {
    await goTo(page, 'Pictures');
    const said = page.getByText(/^(Too few: )?\d+ good pictures?[.:]/).first();
    await said.waitFor();
    return Number(/\d+/.exec((await said.textContent())!)![0]);
  }

  /** Every thumbnail in view is drawn: the bytes of its picture are whole. */
  const drawn = (page: Page): Promise<boolean> =>
    page.evaluate(() => {
      const images = [...document.querySelectorAll<HTMLImageElement>('.cell img')];
      return images.length > 0 && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
    });

  test(
    'the tab is killed while it trains and storage is full when it goes on: the pictures stay, and with room again there is a model that judges',
    async () => {
      const { page: first, faults } = await site.open('?backend=wasm');
      await newProject(first, join(home, 'bottle'));
      await goTo(first, 'Train');
      await first.locator('#train-time').selectOption('null');
      await first.getByText('Details', { exact: true }).click();
      await first.locator('#train-size').selectOption('64');
      await first.locator('#train-start').click();
      await first.getByText(/testing itself: picture \d+/i).waitFor({ timeout: PATIENCE });

      const second = await killed(first, faults);
      await second.getByText(/^The browser keeps a training/).waitFor({ timeout: 60_000 });
      expect(await goodPictures(second)).toBe(GOOD);
      await fill(second);
      await goTo(second, 'Train');
      await second.getByRole('button', { name: 'Resume it' }).click();
      // the training, or the project that keeps its model, has no room
      await second
        .getByText(/storage for this page is full/)
        .first()
        .waitFor({ timeout: PATIENCE });
      expect(await goodPictures(second)).toBe(GOOD);

      const third = await killed(second, faults);
      expect(await goodPictures(third)).toBe(GOOD);
      await expect.poll(() => drawn(third)).toBe(true);
      await goTo(third, 'Train');
      await third.getByRole('button', { name: /^(Resume it|Open its model)$/ }).click();
      await third.locator('#train-download').waitFor({ timeout: PATIENCE });
      await goTo(third, 'Live');
      const found = await judged(third, join(good, '0.png'));
      expect(found.score).toBeGreaterThan(0);

      // the project has it, not only this tab
      await third.reload();
      await third.locator('#live-files').waitFor({ state: 'attached' });
      expect((await judged(third, join(good, '0.png'))).score).toBe(found.score);
      expect(await goodPictures(third)).toBe(GOOD);
      expect(faults).toEqual([]);
      await third.context().close();
    },
    3 * PATIENCE,
  );

  test(`the tab is killed ${KILLS} times while it saves pictures: all of before are there, those of the drop all or none, and can be dropped again`, async () => {
    const opened = await site.open('?backend=wasm');
    const { faults } = opened;
    let { page } = opened;
    await newProject(page, join(home, 'bottle'));
    // so long takes one that is not interrupted
    const begun = performance.now();
    await drop(page, [join(home, 'more-0')]);
    await page.getByText(`${MORE} pictures added`).waitFor();
    const took = performance.now() - begun;
    const random = seededRandom('killed while saving');
    let [before, whole] = [GOOD + MORE, 0];
    for (let kill = 1; kill <= KILLS; kill++) {
      const folder = join(home, `more-${kill}`);
      await drop(page, [folder]);
      await page.waitForTimeout(took * random());
      page = await killed(page, faults);
      const after = await goodPictures(page);
      expect([before, before + MORE]).toContain(after);
      if (after > before) whole++;
      await expect.poll(() => drawn(page)).toBe(true);
      expect(await page.locator('.notice.error').count()).toBe(0);
      // what is there already is not there twice
      await drop(page, [folder]);
      await page.getByText(/pictures? added|byte for byte/).waitFor();
      before += MORE;
      expect(await goodPictures(page)).toBe(before);
    }
    console.log(`${KILLS} tabs killed while they saved: ${whole} had saved the whole drop`);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 600_000);

  test(`the tab is killed ${KILLS} times while it imports, and storage is full: no half project, the other one as before, and the import works with room`, async () => {
    const opened = await site.open('?backend=wasm');
    const { faults } = opened;
    let { page } = opened;
    await newProject(page, join(home, 'bottle'));
    for (let more = 0; more < 4; more++) {
      await drop(page, [join(home, `more-${more}`)]);
      await expect.poll(() => goodPictures(page)).toBe(GOOD + (more + 1) * MORE);
    }
    const all = GOOD + 4 * MORE;
    const file = join(home, 'bottle.pmproject');
    await goToStart(page);
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Export / }).click();
    await (await download).saveAs(file);

    // so long takes one that is not interrupted
    const begun = performance.now();
    await page.locator('#import-project').setInputFiles(file);
    await cells(page).first().waitFor({ timeout: 60_000 });
    const took = performance.now() - begun;
    await goToStart(page);
    const random = seededRandom('killed while importing');
    const cards = () => page.locator('.projects li').allTextContents();
    let projects = 2;
    for (let kill = 0; kill < KILLS; kill++) {
      await page.locator('#import-project').setInputFiles(file);
      await page.waitForTimeout(took * random());
      page = await killed(page, faults, site.at('?backend=wasm'));
      await expect.poll(async () => (await cards()).length).toBeGreaterThanOrEqual(projects);
      const found = await cards();
      // complete, or not there
      for (const card of found) expect(card).toContain(`${all} good`);
      expect([projects, projects + 1]).toContain(found.length);
      projects = found.length;
    }
    const free = await fill(page);
    await page.locator('#import-project').setInputFiles(file);
    await page.getByText(/bottle\.pmproject was not imported: .*is full/).waitFor({ timeout: 60_000 });
    expect((await cards()).length).toBe(projects);
    await free();
    await page.locator('#import-project').setInputFiles(file);
    await cells(page).first().waitFor({ timeout: 60_000 });
    expect(await goodPictures(page)).toBe(all);
    await expect.poll(() => drawn(page)).toBe(true);
    await goToStart(page);
    await expect.poll(async () => (await cards()).length).toBe(projects + 1);
    console.log(`${KILLS} tabs killed while they imported: ${projects - 2} had imported the whole file`);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 600_000);
});
