// Two tabs of the page on one project.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cells, drop } from './acts.js';
import { executablePath, startSite, type Site } from './page.js';

describe.skipIf(!executablePath)('two tabs of the page', () => {
  const home = mkdtempSync(join(tmpdir(), 'pm-tabs-'));
  const good = join(home, 'bottle', 'good');
  const more = join(home, 'more', 'good');
  let site: Site;
  beforeAll(async () => {
    for (const folder of [good, more]) mkdirSync(folder, { recursive: true });
    for (let index = 0; index < 5; index++) {
      const drawn = {
        className: 'bottle',
        seed: 1,
        split: 'train',
        index,
        defect: 'good',
        size: 64,
      } as const;
      writeFileSync(
        join(index < 4 ? good : more, `${index}.png`),
        Buffer.from(await encodePngRgb(renderSynthetic(drawn).image)),
      );
    }
    site = await startSite();
  }, 180_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('the second one is told that it only shows the project, takes over by a press, and changes appear in both', async () => {
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
});
