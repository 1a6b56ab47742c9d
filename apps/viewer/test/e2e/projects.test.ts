// The store of projects in real tabs: two on one project, a full storage, tabs killed while saving and importing.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@pyramid-mamba/data';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import sirv from 'sirv';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executablePath } from './page.js';
import type { Harness } from './projects/harness.js';

declare const harness: Harness;

/** Pictures of the large project. */
const MANY = process.env['FUZZ'] === 'full' ? 1000 : 100;

describe.skipIf(!executablePath)('projects in the browser’s storage', () => {
  const out = mkdtempSync(join(tmpdir(), 'pm-projects-'));
  let server: Server;
  let browser: Browser;
  let origin = '';

  beforeAll(async () => {
    await build({
      configFile: false,
      root: fileURLToPath(new URL('projects', import.meta.url)),
      logLevel: 'error',
      resolve: { conditions: ['@pyramid-mamba/source', ...defaultClientConditions] },
      worker: { format: 'es' },
      build: { outDir: out, emptyOutDir: true, target: 'es2022' },
    });
    const files = sirv(out, { dev: true });
    server = createServer((request, response) => files(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  async function tab(context: BrowserContext, how: 'page' | 'worker' | 'blind' = 'page'): Promise<Page> {
    const page = await context.newPage();
    await page.goto(origin);
    await page.waitForFunction(() => 'harness' in globalThis);
    await page.evaluate((how) => harness.start(how), how);
    return page;
  }

  const seen = (page: Page) => page.evaluate(() => harness.seen());

  test('two tabs: one works, the other follows, takes over by asking, and works alone once the first is closed', async () => {
    const context = await browser.newContext();
    const one = await tab(context);
    const id = await one.evaluate(() => harness.create('parts'));
    await one.evaluate(() => harness.add(1, 3, 1000));
    const two = await tab(context);
    expect(await two.evaluate((id) => harness.open(id), id)).toEqual({
      name: 'parts',
      pictures: ['1.png', '2.png', '3.png'],
      readOnly: 'other tab',
      faults: [],
    });
    await one.evaluate(() => harness.rename('renamed'));
    await expect.poll(async () => (await seen(two)).name).toBe('renamed');
    await expect(two.evaluate(() => harness.rename('mine'))).rejects.toThrow(
      /another tab of this browser works/,
    );

    await one.evaluate(() => harness.train());
    expect(await two.evaluate(() => harness.takeOver())).toEqual({
      done: false,
      busy: true,
      sentence: 'a training runs',
    });
    expect(await two.evaluate(() => harness.takeOver(true))).toEqual({ done: true });
    expect((await seen(one)).readOnly).toBe('other tab');
    expect(await two.evaluate(() => harness.training())).toBe('step 7 of 9');
    await two.evaluate(() => harness.rename('of the second'));
    await expect.poll(async () => (await seen(one)).name).toBe('of the second');

    await two.close({ runBeforeUnload: false });
    await expect.poll(async () => (await seen(one)).readOnly, { timeout: 15_000 }).toBeNull();
    await one.evaluate(() => harness.rename('alone'));
    await context.close();
  });

  test.each(['page', 'worker'] as const)(
    'a tab killed while it saves loses at most its last action (files written by the %s)',
    async (how) => {
      const context = await browser.newContext();
      const random = seededRandom(`kill ${how}`);
      let page = await tab(context, how);
      const id = await page.evaluate(() => harness.create('parts'));
      await page.evaluate(() => harness.close());
      let last = 0;
      for (let kills = 0; kills < 4; kills++) {
        let stored = last;
        await page.exposeFunction('say', (done: number) => (stored = done));
        await page.evaluate((id) => harness.open(id), id);
        void page
          .evaluate(
            (from) => harness.work(from, (globalThis as unknown as { say: (done: number) => void }).say),
            last + 1,
          )
          .catch(() => undefined);
        await new Promise((done) => setTimeout(done, 100 + 300 * random()));
        if (kills % 2 === 0) await page.close({ runBeforeUnload: false });
        else await crash(context, page);
        page = await tab(context, how);
        const after = await page.evaluate((id) => harness.open(id), id);
        expect(after.faults).toEqual([]);
        const count = after.pictures.length;
        // the picture, its renaming, and a message that was on its way
        expect(count).toBeGreaterThanOrEqual(stored);
        expect(after.pictures).toEqual(Array.from({ length: count }, (_, i) => `${i + 1}.png`));
        expect([`after ${count}`, `after ${count - 1}`, 'parts']).toContain(after.name);
        expect(await page.evaluate(() => harness.readAll())).toEqual(Array(count).fill(20_000));
        await page.evaluate(() => harness.close());
        last = count;
      }
      expect(last).toBeGreaterThan(0);
      await context.close();
    },
  );

  test('a tab killed while it imports leaves no half project, and the import works afterwards', async () => {
    const context = await browser.newContext();
    let page = await tab(context);
    const id = await page.evaluate(() => harness.create('parts'));
    await page.evaluate(() => harness.add(1, 30, 50_000));
    const { size } = await page.evaluate(() => harness.exportTo('parts.pmproject'));
    expect(size).toBeGreaterThan(30 * 50_000);
    for (const at of [1, 12, 29]) {
      const half = new Promise<void>((reached) => {
        void page
          .exposeFunction('say', (done: number) => done >= at && reached())
          .then(() =>
            page.evaluate(() =>
              harness.importFrom(
                'parts.pmproject',
                (globalThis as unknown as { say: (done: number) => void }).say,
              ),
            ),
          )
          .catch(() => undefined);
      });
      await half;
      await page.close({ runBeforeUnload: false });
      page = await tab(context);
      const list = await page.evaluate(() => harness.list());
      // complete, or not there
      for (const one of list) expect(one).toMatchObject({ good: 30, damaged: null });
      expect(list.map((one) => one.id)).toContain(id);
    }
    const before = (await page.evaluate(() => harness.list())).length;
    const imported = await page.evaluate(() => harness.importFrom('parts.pmproject'));
    expect((await page.evaluate(() => harness.list())).length).toBe(before + 1);
    expect((await page.evaluate((id) => harness.open(id), imported)).faults).toEqual([]);
    expect(await page.evaluate(() => harness.readAll())).toEqual(Array(30).fill(50_000));
    await context.close();
  });

  test.each(['page', 'blind'] as const)(
    'a full storage refuses an action in a sentence, the project is unchanged and goes on working (%s)',
    async (how) => {
      const context = await browser.newContext();
      const page = await tab(context, how);
      const id = await page.evaluate(() => harness.create('parts'));
      await page.evaluate(() => harness.add(1, 5, 100_000));
      const cdp = await context.newCDPSession(page);
      const { usage } = await cdp.send('Storage.getUsageAndQuota', { origin });
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1_000_000 });
      await expect(page.evaluate(() => harness.add(100, 20, 200_000))).rejects.toThrow(
        /20 pictures are not added: .*is full \(4\.0 MB are needed.*nothing was changed/,
      );
      expect((await seen(page)).pictures).toHaveLength(5);
      await page.evaluate(() => harness.add(200, 1, 20_000));
      await page.evaluate(() => harness.rename('goes on'));
      // room that is freed is used again
      await page.evaluate(() => harness.remove(5));
      await page.evaluate(() => harness.add(300, 4, 100_000));
      await page.evaluate(() => harness.close());
      const after = await page.evaluate((id) => harness.open(id), id);
      expect(after).toMatchObject({ name: 'goes on', faults: [] });
      expect(after.pictures).toHaveLength(5);
      expect(await page.evaluate(() => harness.readAll())).toEqual([
        20_000, 100_000, 100_000, 100_000, 100_000,
      ]);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin });
      await context.close();
    },
  );

  test(`a project of ${MANY} pictures opens by its index alone, and is exported without holding its pictures`, async () => {
    const context = await browser.newContext();
    const page = await tab(context);
    const id = await page.evaluate(() => harness.create('large'));
    const started = performance.now();
    await page.evaluate((count) => harness.add(1, count, 60_000).then(() => undefined), MANY);
    const seconds = (performance.now() - started) / 1000;
    await page.evaluate(() => harness.close());
    const { milliseconds, bytes, pictures } = await page.evaluate((id) => harness.timed(id), id);
    expect(pictures).toBe(MANY);
    // the index has a few hundred bytes per picture
    expect(bytes).toBeLessThan(1_000 * MANY + 10_000);
    const { size, most } = await page.evaluate(() => harness.exportTo('large.pmproject', true));
    expect(size).toBeGreaterThan(60_000 * MANY);
    // what the export was ahead of what was taken: a few pieces, not all pictures
    expect(most).toBeLessThan(2_000_000);
    console.log(
      `${MANY} pictures of 60 kB: added in ${seconds.toFixed(1)} s, opened in ${milliseconds.toFixed(0)} ms, reading ${bytes} bytes; ` +
        `export of ${(size / 1e6).toFixed(0)} MB, at most ${(most / 1e6).toFixed(1)} MB read ahead`,
    );
    await context.close();
  });

  /** Ends a tab's process, as a crash or the system does. */
  async function crash(context: BrowserContext, page: Page): Promise<void> {
    const cdp = await context.newCDPSession(page);
    const gone = page.waitForEvent('crash', { timeout: 5_000 }).catch(() => undefined);
    await Promise.race([cdp.send('Page.crash').catch(() => undefined), gone]);
    await gone;
    await page.close({ runBeforeUnload: false });
  }
});
