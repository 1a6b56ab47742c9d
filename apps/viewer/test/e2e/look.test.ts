// Viewing and tuning like a user.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verdict } from '@pyramid-mamba/metrics';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, newModel } from '../../../../packages/projects/test/kit.js';
import { cells, goTo, goToStart } from './acts.js';
import { seriousFaults } from './axe.js';
import { executablePath, root, startSite, type Site } from './page.js';

interface Manifest {
  items: { class: string; label: 0 | 1; score: number }[];
  calibration: Record<string, { review: number; reject: number }>;
}
const example = JSON.parse(readFileSync(join(root, 'public/example/viewer/viewer.json'), 'utf8')) as Manifest;

describe.skipIf(!executablePath)('the page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  }, 120_000);
  afterAll(() => site?.close());

  test('shows its first screen in at most 200 KB of compressed script, and opens its example in 400, without asking another host', async () => {
    const { page, faults, requests, scriptBytes } = await site.open();
    await page.getByRole('heading', { name: 'Drop good pictures of your product' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(scriptBytes()).toBeLessThan(200_000);
    await page.getByRole('link', { name: 'Open the example' }).click();
    await cells(page).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await cells(page).count()).toBeGreaterThan(5);
    // a worker fetches the pictures, and makes them small
    await expect
      .poll(
        () =>
          page.evaluate(() => {
            const images = [...document.querySelectorAll<HTMLImageElement>('.cell img')];
            return images.filter(({ complete, naturalWidth }) => complete && naturalWidth > 0).length;
          }),
        { timeout: 20_000 },
      )
      .toBe(await cells(page).count());
    expect(scriptBytes()).toBeGreaterThan(20_000);
    expect(scriptBytes()).toBeLessThan(400_000);
    expect(
      requests.filter(
        ({ host, protocol }) => protocol.startsWith('http') && host !== new URL(site.at()).host,
      ),
    ).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('works without a network by files of one version, whatever the host has begun to serve since', async () => {
    const { page, faults } = await site.open('#example/judge/results');
    await cells(page).first().waitFor();
    // built by tests, the page does not do so by itself
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('./sw.js');
      await navigator.serviceWorker.ready;
    });
    // the example is kept once it was fetched through the worker
    await page.reload();
    await cells(page).first().waitFor();
    await page.waitForLoadState('networkidle');
    // a new version's page is there before its scripts are kept
    const index = join(site.files, 'index.html');
    const built = readFileSync(index, 'utf8');
    writeFileSync(index, built.replace(/assets\/index-[^."]+\.js/, 'assets/index-newer.js'));
    await page.evaluate(async () => (await fetch('./index.html', { cache: 'reload' })).text());
    await page.evaluate(async () => (await fetch('./', { cache: 'reload' })).text());
    writeFileSync(index, built);
    await page.context().setOffline(true);
    await page.reload();
    await cells(page).first().waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('opens the example’s model if requested while the example is being opened', async () => {
    const { page, faults } = await site.open('?backend=wasm#example/judge/now');
    // a second opening would finish first, and the first one would then replace it
    const waits = [1500];
    await page.route('**/viewer.json', async (route) => {
      await new Promise((done) => setTimeout(done, waits.shift() ?? 0));
      await route.continue();
    });
    await page.route('**/model.safetensors', async (route) => {
      await new Promise((done) => setTimeout(done, 2500));
      await route.continue();
    });
    await page.reload();
    await page.locator('#live-files').waitFor({ state: 'attached' });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('filters, inspects, and recounts when a threshold is dragged, like the metrics package', async () => {
    const { page, faults } = await site.open('#example/judge/results');
    await page.getByLabel('Class').selectOption('=tile');
    await page.getByLabel('Truth').selectOption('defective');
    const tiles = example.items.filter((item) => item.class === 'tile');
    await expect.poll(() => cells(page).count()).toBe(tiles.filter(({ label }) => label === 1).length);

    await cells(page).first().click();
    await page.getByRole('button', { name: 'Look at region 1' }).click();

    await goTo(page, 'Thresholds');
    await page.locator('.tuning-bar').getByLabel('Class').selectOption('=tile');
    const handle = page.getByRole('slider', { name: /reject/i });
    const before = Number(await handle.getAttribute('aria-valuenow'));
    expect(before).toBeCloseTo(example.calibration['tile']!.reject, 12);
    const box = (await handle.boundingBox())!;
    await page.mouse.move(box.x + 30, box.y + 12);
    await page.mouse.down();
    await page.mouse.move(box.x + 160, box.y + 12, { steps: 8 });
    await page.mouse.up();
    const reject = Number(await handle.getAttribute('aria-valuenow'));
    expect(reject).toBeGreaterThan(before);
    const review = Number(await page.getByRole('slider', { name: /review/i }).getAttribute('aria-valuenow'));
    const counted = (label: 0 | 1, name: string) =>
      String(
        tiles.filter((tile) => tile.label === label && verdict(tile.score, { review, reject }) === name)
          .length,
      );
    const rows = page.getByRole('table', { name: 'Truth against verdict' }).locator('tbody tr');
    for (const [i, label] of ([0, 1] as const).entries())
      expect(await rows.nth(i).locator('td').allTextContents()).toEqual(
        ['OK', 'REVIEW', 'NG'].map((name) => counted(label, name)),
      );
    // the drag made a difference
    const old = example.calibration['tile']!;
    expect(tiles.some((tile) => verdict(tile.score, old) !== verdict(tile.score, { review, reject }))).toBe(
      true,
    );
    expect(faults).toEqual([]);
    await page.context().close();
  });

  const VIEWS = [
    'example/judge/results',
    'example/judge/picture',
    'example/judge/now',
    'example/adjust',
    'example/report/figures',
    'example/pictures',
    '',
    'train',
    'no-project/judge',
    'no/such/page',
  ];
  /** Imports a project of two models, and asks whether one is to be deleted. */
  async function questionAboutModels(page: Page): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'pm-models-'));
    try {
      const { store } = await new Browser().tab();
      const open = await store.create('Parts');
      await open.addModel(newModel(1));
      const own = new Blob([readFileSync(join(root, 'public/example/model.safetensors'))]);
      await open.addModel(newModel(2, { file: own, products: ['bottle', 'screw', 'tile'] }));
      const file = join(folder, 'parts.pmproject');
      writeFileSync(file, await new Response(await open.export()).bytes());
      await goToStart(page);
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Import a project' }).click();
      await (await chooser).setFiles(file);
      // the space that it takes is that of its models
      await page.getByText(/^(?!0\.0)[\d.]+ MiB in this browser$/).waitFor();
      await goTo(page, 'Train');
      await page.locator('#models-kept').getByRole('button', { name: 'Delete …' }).click();
      await page.getByText(/^Delete the model of/).waitFor();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  // every second view in each theme; with FUZZ=full every view in both
  const isFull = process.env['FUZZ'] === 'full';
  test('no view has a serious accessibility fault, light or dark', async () => {
    const { page } = await site.open();
    const found: string[] = [];
    for (const [i, view] of VIEWS.entries()) {
      await page.goto(site.at(`#${view}`));
      await page.waitForTimeout(i === 0 ? 1500 : 700);
      const themes = ['light', 'dark'] as const;
      for (const colorScheme of isFull ? themes : [themes[i % 2]!]) {
        await page.emulateMedia({ colorScheme });
        for (const fault of await seriousFaults(page)) found.push(`${view}, ${colorScheme}: ${fault}`);
        const shots = process.env['SCREENSHOTS'];
        if (shots)
          await page.screenshot({ path: join(shots, `${view.replaceAll('/', '-')}-${colorScheme}.png`) });
      }
    }
    // a state that no address names
    await questionAboutModels(page);
    for (const fault of await seriousFaults(page)) found.push(`models of a project: ${fault}`);
    expect(found).toEqual([]);
    await page.context().close();
  }, 300_000);
});
