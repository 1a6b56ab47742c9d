// Malicious files, opened on the page one after the other: each gives an error, and the page keeps working.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  cells,
  drop,
  goTo,
  judged,
  openExampleModel,
  openModelFile,
  verdictOn,
  type Found,
  type View,
} from './acts.js';
import { MARKUP } from './hostile/markup.js';
import { brokenModels, namedModel, refusedModels } from './hostile/models.js';
import { refusedPictures } from './hostile/pictures.js';
import {
  brokenItems,
  brokenResults,
  firstItem,
  namedRun,
  prototypeRun,
  refusedRuns,
  spoilt,
} from './hostile/runs.js';
import { executablePath, root, startSite, type Site } from './page.js';

const model = readFileSync(join(root, 'public/example/model.safetensors'));
/**
 * One in three of the files of each kind, and one in six of the model files, which modelFile.test.ts opens one and all; with FUZZ=full all of them.
 */
const isFull = process.env['FUZZ'] === 'full';
if (!isFull) console.warn('SKIPPED: most of the hostile files on the page; FUZZ=full opens all of them.');
const some = <T>(cases: readonly T[], oneOf = 3): T[] => cases.filter((_, i) => isFull || i % oneOf === 0);

const VIEWS: View[] = ['Pictures', 'Gallery', 'Inspect', 'Thresholds', 'Figures', 'Live', 'Train'];

describe.skipIf(!executablePath)('after a hostile', () => {
  const home = mkdtempSync(join(tmpdir(), 'pm-hostile-'));
  const fine = join(home, 'fine.png');
  let png: Buffer;
  let site: Site;
  let page: Page;
  let faults: string[];
  let expected: Found;

  /** Opens the example and judges a good picture as usual; returns the page's verdict on it. */
  async function worksOn(): Promise<Found> {
    await openExampleModel(page);
    return judged(page, fine);
  }

  /** The one error that the page shows; it is dismissed. */
  async function sentence(): Promise<string> {
    const errors = page.locator('.notice.error');
    await errors.first().waitFor();
    // a picture that was shown is judged again, too: its error is the same, and joins the one that is open
    await expect.poll(() => page.locator('#live-counts', { hasText: 'waiting' }).count()).toBe(0);
    expect(await errors.count()).toBe(1);
    const said = (await errors.first().locator('span').textContent())!;
    expect(await errors.first().isVisible()).toBe(true);
    await errors.first().getByRole('button').click();
    return said;
  }

  beforeAll(async () => {
    const { image } = renderSynthetic({
      className: 'tile',
      seed: 1,
      split: 'test',
      index: 0,
      defect: 'good',
      size: 96,
    });
    png = Buffer.from(await encodePngRgb(image));
    writeFileSync(fine, png);
    site = await startSite();
    ({ page, faults } = await site.open('?backend=wasm'));
    expected = await worksOn();
  }, 180_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });
  beforeEach(() => faults.splice(0));
  afterEach(async () => {
    const nature = () => [
      'ran' in globalThis,
      'polluted' in {},
      Object.keys(Object.prototype).length > 0,
      Object.keys(Array.prototype).length > 0,
    ];
    expect(await page.evaluate(nature)).toEqual([false, false, false, false]);
    for (const worker of page.workers())
      expect(await worker.evaluate(nature)).toEqual([false, false, false, false]);
    expect(await page.locator('.notice').count()).toBe(0);
    expect(faults).toEqual([]);
    expect(await worksOn()).toEqual(expected);
  });

  describe('model file that', () => {
    test.each(some(Object.entries(refusedModels(model)), 6))('%s', async (_, [file, said]) => {
      const path = join(home, 'model.safetensors');
      writeFileSync(path, file);
      await openModelFile(page, path);
      expect(await sentence()).toMatch(said);
    });

    test.each(some(Object.entries(brokenModels(model)), 6))('%s', async (_, [file, said]) => {
      const path = join(home, 'model.safetensors');
      writeFileSync(path, file);
      await openModelFile(page, path);
      await goTo(page, 'Live');
      await page.locator('#live-files').setInputFiles(fine);
      expect(await sentence()).toMatch(said);
    });

    test('has markup and names of built-ins as product names, which are shown as text', async () => {
      const names = [MARKUP, 'constructor', '__proto__'] as const;
      const path = join(home, 'model.safetensors');
      writeFileSync(path, namedModel(model, [...names]));
      await openModelFile(page, path);
      await page.getByText(`trained for ${names.join(', ')}`).waitFor();
      await goTo(page, 'Live');
      const product = page.locator('#live-product');
      expect(await product.locator('option').allTextContents()).toEqual([
        'recognised by the model',
        ...names,
      ]);
      await page.locator('#live-files').setInputFiles(fine);
      expect((await verdictOn(page, 'fine.png')).score).toBe(expected.score);
      for (const name of names.slice(0, 2)) {
        await product.selectOption(name);
        await page.locator('.result').getByText(`${name} · score`).waitFor();
      }
    });
  });

  describe('run that', () => {
    test.each(some(Object.entries(refusedRuns)))('%s', async (name, [spoil, said]) => {
      const folder = spoilt(home, name.replaceAll(/\W+/g, '-'), spoil);
      mkdirSync(folder, { recursive: true });
      await drop(page, [folder]);
      expect(await sentence()).toMatch(said);
    });

    test.each(some(Object.entries(brokenItems)))('has %s', async (name, [spoil, said]) => {
      const folder = spoilt(home, name.replaceAll(/\W+/g, '-'), firstItem(spoil));
      await drop(page, [folder]);
      await page.getByText(`pictures of ${name.replaceAll(/\W+/g, '-')}`).waitFor();
      if (name.includes('picture')) {
        const place = cells(page).first();
        await place.getByText('cannot be shown').waitFor();
        expect(await place.locator('.fault').getAttribute('title')).toMatch(said);
      }
      await cells(page).first().click();
      const fault = page.locator('.stage-fault');
      await fault.waitFor();
      expect(await fault.textContent()).toMatch(said);
      expect(await fault.isVisible()).toBe(true);
      await page.getByRole('button', { name: 'Next ›' }).click();
      await page.getByRole('button', { name: 'Look at region 1' }).waitFor();
      expect(await fault.count()).toBe(0);
    });

    test.each(some(Object.entries(brokenResults)))('has another %s', async (name, [spoil, view, said]) => {
      const folder = spoilt(home, `results-${name}`, spoil);
      await drop(page, [folder]);
      await page.getByText(`pictures of results-${name}`).waitFor();
      await goTo(page, view);
      if (view === 'Live') expect(await sentence()).toMatch(said);
      else await page.getByText(said).waitFor();
    });

    test('has markup and names of built-ins as names, which are shown as text in every view', async () => {
      await drop(page, [spoilt(home, 'named', namedRun)]);
      await page.getByText('pictures of named').waitFor();
      for (const view of VIEWS) {
        await goTo(page, view);
        await page.waitForTimeout(150);
        expect(await page.locator('img[src="x"], main script').count()).toBe(0);
      }
      await goTo(page, 'Gallery');
      await page.getByLabel('Class').selectOption('=constructor');
      await cells(page).first().click();
      await page.locator('.panel h1').getByText(MARKUP).waitFor();
      await goTo(page, 'Thresholds');
      await page.locator('.tuning-bar').getByLabel('Class').selectOption('=toString');
      await page.getByRole('slider', { name: /reject/i }).press('ArrowRight');
      await page.getByRole('button', { name: 'Reset' }).click();
    });
  });

  test('run that has a class __proto__ shows it as any other class', async () => {
    await drop(page, [spoilt(home, 'prototype', prototypeRun)]);
    await page.getByText('pictures of prototype').waitFor();
    for (const view of VIEWS) {
      await goTo(page, view);
      await page.waitForTimeout(150);
    }
    await goTo(page, 'Gallery');
    await page.getByLabel('Class').selectOption('=__proto__');
    await cells(page).first().click();
    await page.locator('.panel').getByText('__proto__').first().waitFor();
    await goTo(page, 'Thresholds');
    await page.locator('.tuning-bar').getByLabel('Class').selectOption('=__proto__');
    await page.getByRole('slider', { name: /reject/i }).press('ArrowRight');
    await page.getByRole('button', { name: 'Reset' }).click();
  });

  describe('picture', () => {
    const named = Object.keys(refusedPictures(Buffer.alloc(64)));
    test.each(some(named))('%s', async (name) => {
      const [buffer, said] = refusedPictures(png)[name]!;
      await page.locator('#live-files').setInputFiles({ name, mimeType: 'image/png', buffer });
      expect(await sentence()).toMatch(said);
    });

    test('with markup as its name shows the name as text', async () => {
      const name = `${MARKUP.replaceAll('/', ' ')}.png`;
      await page.locator('#live-files').setInputFiles({ name, mimeType: 'image/png', buffer: png });
      expect(await verdictOn(page, name)).toEqual(expected);
    });
  });
});
