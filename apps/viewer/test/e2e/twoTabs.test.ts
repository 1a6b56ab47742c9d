// What a project survives: two tabs on it, and a full storage.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cells, drop, goTo, goToStart } from './acts.js';
import { executablePath, startSite, type Site } from './page.js';

describe.skipIf(!executablePath)('a project of the page', () => {
  const home = mkdtempSync(join(tmpdir(), 'pm-tabs-'));
  const good = join(home, 'bottle', 'good');
  const more = join(home, 'more', 'good');
  const enough = join(home, 'enough', 'good');
  let site: Site;
  beforeAll(async () => {
    for (const folder of [good, more, enough]) mkdirSync(folder, { recursive: true });
    for (let index = 0; index < 20; index++) {
      const drawn = {
        className: 'bottle',
        seed: 1,
        split: 'train',
        index,
        defect: 'good',
        size: 64,
      } as const;
      const bytes = Buffer.from(await encodePngRgb(renderSynthetic(drawn).image));
      if (index < 5) writeFileSync(join(index < 4 ? good : more, `${index}.png`), bytes);
      writeFileSync(join(enough, `${index}.png`), bytes);
    }
    site = await startSite();
  }, 180_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('is open in two tabs: the second one is told that it only shows the project, takes over by a press, and changes appear in both', async () => {
    const { page: one, faults } = await site.open('?backend=wasm');
    await drop(one, [join(home, 'bottle')]);
    await one.getByText(/4 pictures added/).waitFor();
    const two = await one.context().newPage();
    await two.goto(one.url());
    const bar = two.getByRole('region', { name: 'Read-only' });
    await bar.getByText(/another tab of this browser works on this project/).waitFor();
    expect(await one.getByRole('region', { name: 'Read-only' }).count()).toBe(0);
    await bar.getByRole('button', { name: 'Work here' }).click();
    await bar.waitFor({ state: 'detached' });
    await one.getByRole('region', { name: 'Read-only' }).waitFor();
    // what the second tab changes appears in the first
    await drop(two, [join(home, 'more')]);
    await two.getByText(/1 picture added/).waitFor();
    await expect.poll(() => cells(one).count()).toBe(5);
    await two.close();
    // the first one works on by itself
    await one.getByRole('region', { name: 'Read-only' }).waitFor({ state: 'detached', timeout: 20_000 });
    await one.reload();
    await expect.poll(() => cells(one).count()).toBe(5);
    expect(faults).toEqual([]);
    await one.context().close();
  });

  test('is trained in one tab: the other one neither deletes it nor takes over unasked, and where it takes over it goes on with the training', async () => {
    const { page: one, faults } = await site.open('?backend=wasm');
    await drop(one, [join(home, 'enough')]);
    await one.getByText(/20 pictures added/).waitFor();
    await goTo(one, 'Train');
    await one.locator('#train-time').selectOption('open');
    await one.getByText('Details', { exact: true }).click();
    await one.locator('#train-size').selectOption('64');
    await one.locator('#train-start').click();
    // it can be resumed from here on
    await one.getByText(/testing itself: picture \d+/i).waitFor({ timeout: 600_000 });

    const two = await one.context().newPage();
    two.on('pageerror', (error) => faults.push(error.message));
    await two.goto(one.url());
    const bar = two.getByRole('region', { name: 'Read-only' });
    await bar.getByRole('button', { name: 'Work here' }).click();
    await bar.getByText(/In the other tab a training runs/).waitFor();
    await bar.getByRole('button', { name: 'Leave it running' }).click();
    await bar.getByText(/another tab of this browser works on this project/).waitFor();
    const project = two.url();
    await goToStart(two);
    await two.locator('.projects').getByRole('button', { name: 'Delete …' }).click();
    await two.getByRole('button', { name: 'Delete it' }).click();
    await two.getByText(/enough was not deleted: .*another tab/).waitFor();
    await goToStart(one);
    await one.locator('.projects').getByRole('button', { name: 'Delete …' }).click();
    await one.getByRole('button', { name: 'Delete it' }).click();
    await one.getByText(/enough was not deleted: .*a training runs; stop it first/).waitFor();

    await two.goto(project);
    await bar.getByRole('button', { name: 'Work here' }).click();
    await bar.getByRole('button', { name: 'Stop it and work here' }).click();
    await bar.waitFor({ state: 'detached', timeout: 300_000 });
    await goTo(two, 'Pictures');
    await two.getByText('20 good pictures: enough to train.').waitFor();
    await goTo(two, 'Train');
    await two.getByRole('button', { name: 'Resume it' }).click({ timeout: 60_000 });
    await two.getByRole('button', { name: 'Stop', exact: true }).waitFor({ timeout: 600_000 });
    expect(faults).toEqual([]);
    await one.context().close();
  }, 1_800_000);

  test('stays as it is where storage is full, also after a reload: the page says so, and goes on once there is room', async () => {
    const { page, faults } = await site.open('?backend=wasm');
    await drop(page, [join(home, 'bottle')]);
    await page.getByText(/4 pictures added/).waitFor();
    const cdp = await page.context().newCDPSession(page);
    const origin = new URL(site.at()).origin;
    const { usage } = await cdp.send('Storage.getUsageAndQuota', { origin });
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1000 });
    await drop(page, [join(home, 'more')]);
    await page.getByText(/The pictures were not added: .*is full .*nothing was changed/).waitFor();
    expect(await cells(page).count()).toBe(4);
    await page.reload();
    await expect.poll(() => cells(page).count(), { timeout: 20_000 }).toBe(4);
    await cdp.send('Storage.overrideQuotaForOrigin', { origin });
    await drop(page, [join(home, 'more')]);
    await page.getByText(/1 picture added/).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
