// Opening folders, pictures and frames, and drawing on them, like a user.
import { readFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { decodeRgb, encodePngRgb } from '@pyramid-mamba/data/node';
import { readModelInfo } from '@pyramid-mamba/model';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFaults } from './axe.js';
import { cells, drop, goTo, judged, openExampleModel, scoreOf, verdictOn } from './acts.js';
import { executablePath, root, startSite, type Site } from './page.js';
import { predicted } from './predicted.js';

const example = join(root, 'public/example');

describe.skipIf(!executablePath)('the page accepts', () => {
  const home = mkdtempSync(join(tmpdir(), 'pm-sources-'));
  const bad = join(home, 'bad.png');
  const fine = join(home, 'fine.png');
  let site: Site;
  const drawn = async (defect: string, index: number) =>
    Buffer.from(
      await encodePngRgb(
        renderSynthetic({ className: 'bottle', seed: 1, split: 'test', index, defect, size: 128 }).image,
      ),
    );
  beforeAll(async () => {
    const parts = join(home, 'parts');
    for (const kind of ['good', 'bad']) mkdirSync(join(parts, kind), { recursive: true });
    for (let i = 0; i < 21; i++) writeFileSync(join(parts, 'good', `${i}.png`), await drawn('good', i));
    writeFileSync(join(parts, 'bad', 'bad.png'), await drawn('broken_lip', 0));
    writeFileSync(bad, await drawn('broken_lip', 0));
    writeFileSync(fine, await drawn('good', 0));
    site = await startSite();
  }, 180_000);
  afterAll(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  const count = (page: Page) => page.locator('.gallery .count').textContent();

  test('a dropped run’s folder, and with Shift a second one to compare with', async () => {
    const { page, faults } = await site.open();
    await drop(page, [example]);
    await page.getByText('46 pictures of example').waitFor();
    await drop(page, [example], { shift: true });
    await goTo(page, 'Inspect');
    await expect.poll(() => page.locator('.stages.two canvas').count()).toBe(2);
    await goTo(page, 'Figures');
    await page.getByLabel('Compared to').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a selected run’s folder, in browsers with and without a folder picker', async () => {
    const plain = await site.open('', { without: ['showDirectoryPicker'] });
    const chooser = plain.page.waitForEvent('filechooser');
    await plain.page.getByRole('button', { name: 'Open a run’s folder' }).click();
    await (await chooser).setFiles(example);
    await expect.poll(() => count(plain.page)).toBe('46 pictures of example');
    await cells(plain.page).first().click();
    await plain.page.getByRole('button', { name: 'Look at region 1' }).waitFor();
    expect(plain.faults).toEqual([]);
    await plain.page.context().close();

    // the dialog is the browser's own; it returns a handle of the same kind as this one
    const { page, faults } = await site.open();
    await page.evaluate(async () => {
      const folder = await (
        await navigator.storage.getDirectory()
      ).getDirectoryHandle('mine', { create: true });
      const write = async (path: string) => {
        let at = folder;
        const parts = path.split('/');
        for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part, { create: true });
        const file = await (await at.getFileHandle(parts.at(-1)!, { create: true })).createWritable();
        const body = await (await fetch(`example/${path}`)).blob();
        await file.write(body);
        await file.close();
        return body.text();
      };
      const { items } = JSON.parse(await write('viewer/viewer.json')) as {
        items: { picture: string; levels: string; mask: string | null }[];
      };
      for (const { picture, levels, mask } of items)
        for (const name of [picture, levels, mask]) if (name !== null) await write(`viewer/${name}`);
      window.showDirectoryPicker = () => Promise.resolve(folder);
    });
    await page.getByRole('button', { name: 'Open a run’s folder' }).click();
    await expect.poll(() => count(page)).toBe('46 pictures of mine');
    await cells(page).first().click();
    await page.getByRole('button', { name: 'Look at region 1' }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a folder of pictures dropped on the first screen: a project of good and defective ones, which can be trained', async () => {
    const { page, faults } = await site.open('?backend=wasm');
    await drop(page, [join(home, 'parts')]);
    await page.getByText('22 pictures added: 21 good, 1 defective.').waitFor();
    await expect.poll(() => cells(page).count()).toBeGreaterThan(5);
    await page.getByText('21 good pictures: enough to train.').waitFor();
    expect(await page.title()).toBe('Pictures · parts · Pyramid-Mamba');

    // in millimetres
    await page.locator('#scales summary').click();
    await page.getByLabel('Millimetres, parts').fill('40');
    await page.keyboard.press('Enter');
    await page.getByText('0.31 mm per pixel, pictures of 40 mm × 40 mm').waitFor();
    expect(await seriousFaults(page)).toEqual([]);

    // moved, deleted and brought back
    await page.getByRole('button', { name: /^Defective/ }).click();
    await expect.poll(() => cells(page).count()).toBe(1);
    await cells(page).first().click();
    await page.getByRole('button', { name: 'They are good' }).click();
    await page.getByText('1 picture was moved.').waitFor();
    await expect.poll(() => cells(page).count()).toBe(0);
    await page.getByRole('button', { name: /^Undo/ }).click();
    await expect.poll(() => cells(page).count()).toBe(1);
    await cells(page).first().focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Delete');
    await page.getByText('1 picture was deleted.').waitFor();
    await page.getByRole('button', { name: /^Undo/ }).click();
    await expect.poll(() => cells(page).count()).toBe(1);

    // what the page cannot know it asks; dropped twice is there once
    await drop(page, [fine, bad]);
    await page.getByRole('heading', { name: 'What are these 2 pictures?' }).waitFor();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Defective/ })
      .click();
    await page.getByText(/there already, byte for byte/).waitFor();

    // all of it is there after a reload, at the same address
    const address = page.url();
    expect(address).toContain('kind=defective');
    await page.reload();
    await expect.poll(() => cells(page).count()).toBeGreaterThan(0);
    expect(page.url()).toBe(address);
    await goTo(page, 'Train');
    await page.locator('#train-start').waitFor();
    await page.goBack();
    await expect.poll(() => page.url()).toBe(address);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a comparison of methods, and says what another file lacks', async () => {
    const { page, faults } = await site.open();
    const spread = (mean: number) => ({ mean, std: 0.5 });
    const row = (method: string, mean: number) => ({
      key: method,
      method,
      title: method,
      preset: 'fast',
      encoder: 'embedded',
      input: '256×256',
      backend: 'wasm',
      mean: [spread(mean), null],
      classes: { tile: [spread(mean - 10), null] },
      seconds: spread(12),
      peakBytes: null,
      picture: spread(20),
    });
    const file = join(home, 'compare.json');
    const pictures = ['1.png', '2.png', '3.png'].map((name, i) => ({
      file: `tile/${name}`,
      class: 'tile',
      label: 1,
      defect: '<b>crack</b>',
      standings: [
        [1, 0.5],
        [0.5, 0.5],
        [0.2, 0.9],
      ][i],
    }));
    const about = {
      format: 'pyramid-mamba comparison 1',
      data: 'photos',
      classes: ['tile', 'nut'],
      seeds: [1, 2],
    };
    const rows = ['PatchCore', 'RD4AD'].map((name, i) => row(name, 90 + i));
    for (const one of rows) Object.assign(one.classes, { nut: [null, null] });
    const whole = {
      ...about,
      figures: ['image AU-ROC', 'AU-PRO'],
      notes: ['Of the last step.'],
      rows,
      published: [],
      pictures,
      pairs: [{ a: 0, b: 1, wins: 1, losses: 1, ties: 1 }],
    };
    writeFileSync(file, JSON.stringify(whole));
    await drop(page, [file]);
    await page.getByRole('heading', { name: 'Comparison of methods' }).waitFor();
    expect(await page.title()).toBe('Comparison of methods · Pyramid-Mamba');
    const figures = () => page.locator('#compared tbody tr').allTextContents();
    expect(await figures()).toEqual([
      'PatchCore90.0 ± 0.5–12.0 ± 0.520.0 ± 0.5–',
      'RD4AD91.0 ± 0.5–12.0 ± 0.520.0 ± 0.5–',
    ]);
    await page.getByRole('combobox', { name: 'Class' }).selectOption('tile');
    await expect.poll(async () => (await figures())[0]).toContain('80.0 ± 0.5');
    await page.getByText('PatchCore is better at 1, RD4AD at 1, and both are equal at 1.').waitFor();
    const listed = () =>
      page
        .getByRole('table', { name: 'Pictures by PatchCore and RD4AD' })
        .locator('tbody tr')
        .allTextContents();
    expect(await listed()).toEqual([
      'tile/3.pngtile<b>crack</b>20.0 %90.0 %RD4AD',
      'tile/1.pngtile<b>crack</b>100.0 %50.0 %PatchCore',
    ]);
    await page.getByRole('combobox', { name: 'Pictures' }).selectOption('a');
    await expect.poll(async () => (await listed()).length).toBe(1);
    expect(await seriousFaults(page)).toEqual([]);

    // another one is refused, and what is open stays
    writeFileSync(join(home, 'other.json'), '{"format":"other"}');
    await drop(page, [join(home, 'other.json')]);
    await page.getByText(/other\.json was not opened/).waitFor();
    expect((await figures()).length).toBe(2);
    await page.reload();
    await page.getByRole('heading', { name: 'Open it again' }).waitFor();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open a comparison' }).click();
    await (await chooser).setFiles(file);
    await expect.poll(async () => (await figures()).length).toBe(2);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('pictures dropped on the stage, and a pasted one', async () => {
    const { page, faults } = await site.open('?backend=wasm', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await openExampleModel(page);
    await drop(page, [fine, bad], { on: '.live-stage' });
    const found = await verdictOn(page, 'bad.png');
    expect(await page.locator('.judged-list tbody tr').count()).toBe(2);
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await navigator.clipboard.write([
        new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) }),
      ]);
    }, readFileSync(bad).toString('base64'));
    await page.keyboard.press('Control+V');
    expect(await verdictOn(page, 'image.png')).toEqual(found);
    expect(await page.locator('.judged-list tbody tr').count()).toBe(3);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('pictures that are dropped on the results: judged by the run’s model', async () => {
    const { page, faults } = await site.open('?backend=wasm#example/judge/results');
    await cells(page).first().waitFor();
    await drop(page, [fine, bad]);
    await verdictOn(page, 'bad.png');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the verdicts' }).click();
    const path = join(home, 'verdicts.csv');
    await (await download).saveAs(path);
    const [head, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\r\n');
    expect(head).toBe(
      '\ufefffile,product,verdict,times limit,score,review,reject,remark,' +
        'regions,region x,region y,region width,region height,region width mm,region height mm',
    );
    expect(rows.map((row) => row.split(',').slice(0, 3).join())).toEqual([
      'fine.png,bottle,OK',
      'bad.png,bottle,NG',
    ]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a camera: a verdict per frame, NG frames stored for viewing and download', async () => {
    const { page, faults } = await site.open('?backend=wasm', { permissions: ['camera'] });
    await openExampleModel(page);
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    const frame = async () =>
      Number(/frame (\d+), 1280×720|$/.exec((await page.locator('.result').textContent()) ?? '')?.[1] ?? 0);
    await page.locator('#live-verdict').waitFor({ timeout: 120_000 });
    const first = await frame();
    await expect.poll(frame, { timeout: 60_000 }).toBeGreaterThan(first + 2);
    expect(['OK', 'REVIEW', 'NG']).toContain(
      (await page.locator('#live-verdict .verdict').textContent())!.trim(),
    );
    await page.getByText(/[\d.]+ frames per second/).waitFor();
    // the camera's drawn picture is none of the example's products
    const strip = page.getByRole('region', { name: 'NG pictures' });
    await strip.getByRole('listitem').nth(1).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop the camera' }).click();
    await page.getByText('or drop pictures anywhere on the page').waitFor();

    await strip
      .getByRole('button', { name: /^Look at frame/ })
      .last()
      .click();
    const shown = await page.locator('.live-stage canvas').getAttribute('aria-label');
    expect(shown).toMatch(/^frame \d+ with its heat map: NG/);
    const saved = async (name: RegExp) => {
      const download = page.waitForEvent('download');
      await strip.getByRole('button', { name }).last().click();
      const file = await download;
      const path = join(home, file.suggestedFilename());
      await file.saveAs(path);
      return decodeRgb(readFileSync(path), path);
    };
    const picture = await saved(/^Save frame \d+$/);
    const map = await saved(/^Save map of frame \d+$/);
    expect([picture.width, picture.height, map.width, map.height]).toEqual([1024, 576, 1024, 576]);
    expect(Buffer.compare(Buffer.from(picture.data), Buffer.from(map.data))).not.toBe(0);
    await strip.getByRole('button', { name: /^Clear/ }).click();
    expect(await strip.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 240_000);

  test('no camera if the user or the system denies it: an error, and pictures are still judged', async () => {
    const { page, faults } = await site.open('?backend=wasm');
    const session = await page.context().newCDPSession(page);
    await session.send('Browser.setPermission', {
      permission: { name: 'camera' },
      setting: 'denied',
      origin: new URL(site.at()).origin,
    });
    await openExampleModel(page);
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor({ timeout: 60_000 });
    expect(await alert.textContent()).toMatch(
      /^The page may not use the camera: the browser or the system refused it\. Allow it/,
    );
    expect((await judged(page, bad)).verdict).toBe('NG');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('areas drawn on the picture: they change the verdict, move by key, and survive a reload', async () => {
    const { page, faults } = await site.open('?backend=wasm');
    await openExampleModel(page);
    const whole = await judged(page, bad);
    expect(whole.verdict).toBe('NG');
    const draw = async (kind: 'Only here' | 'Not here', corners: readonly (readonly [number, number])[]) => {
      await page.locator('.areas summary').waitFor();
      if (
        !(await page
          .locator('.areas')
          .getAttribute('open')
          .then((open) => open !== null))
      )
        await page.locator('.areas summary').click();
      await page.locator('.areas p.buttons', { hasText: kind }).getByRole('button', { name: 'Draw' }).click();
      const canvas = (await page.locator('.live-stage canvas').boundingBox())!;
      for (const [x, y] of corners)
        await page.mouse.click(canvas.x + x * canvas.width, canvas.y + y * canvas.height);
      if (kind === 'Only here') expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Close the area' }).click();
    };

    // all regions, with some margin: the rest of the picture is good
    await draw('Not here', await aroundRegions(page));
    await expect.poll(() => scoreOf(page)).toBeLessThan(whole.score);
    const left = await scoreOf(page);
    await draw('Only here', [
      [0.02, 0.02],
      [0.98, 0.02],
      [0.98, 0.12],
      [0.02, 0.12],
    ]);
    await expect.poll(() => scoreOf(page)).toBeLessThan(left);
    const both = await scoreOf(page);
    const shots = process.env['SCREENSHOTS'];
    if (shots) await page.screenshot({ path: join(shots, 'areas.png') });

    const corner = page.getByRole('button', { name: /^Only here 1, corner 3, at 9[789] % by 1[123] %/ });
    await corner.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowDown');
    await page
      .getByRole('button', { name: /^Only here 1, corner 3, at 9[789] % by 3[123] %/ })
      .waitFor({ state: 'attached' });

    await page.reload();
    await openExampleModel(page);
    await judged(page, bad);
    await page
      .getByRole('button', { name: /^Only here 1, corner 3, at 9[789] % by 3[123] %/ })
      .waitFor({ state: 'attached' });
    expect(await scoreOf(page)).toBeGreaterThanOrEqual(both);
    await page.getByRole('button', { name: 'Remove Only here 1' }).click();
    await expect.poll(() => scoreOf(page)).toBe(left);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await expect.poll(() => scoreOf(page)).toBe(whole.score);

    // stored data may change: invalid data give no areas, and no error
    await page.evaluate(() => localStorage.setItem('pyramid-mamba areas', '{"use":[[[9,9]]],"ignore":7}'));
    await page.reload();
    await openExampleModel(page);
    expect(await judged(page, bad)).toEqual(whole);
    expect(await page.locator('.area').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 240_000);

  test('thresholds, and saves them into a copy of the model file by which Node judges', async () => {
    const { page, faults } = await site.open('#example/adjust', { without: ['showSaveFilePicker'] });
    await page.locator('.tuning-bar').getByLabel('Class').selectOption('=bottle');
    const reject = page.getByRole('slider', { name: /reject/i });
    await reject.focus();
    // down to where every picture is rejected
    await page.keyboard.press('Home');
    const to = Number(await reject.getAttribute('aria-valuenow'));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save into the model file' }).click();
    const model = join(home, 'saved.safetensors');
    await (await download).saveAs(model);
    await page.getByText('example.safetensors has these thresholds').waitFor();
    const { info } = readModelInfo(readFileSync(model), 'saved');
    expect(info.calibration!['bottle']).toMatchObject({ reject: to, review: to, method: 'manual' });
    expect((await predicted(join(example, 'model.safetensors'), fine)).verdict).toBe('OK');
    expect((await predicted(model, fine)).verdict).toBe('NG');
    expect(faults).toEqual([]);
    await page.context().close();
  }, 240_000);
});

/** Corners of the bounding rectangle of all regions, a tenth of the picture wider, as fractions of its sides. */
async function aroundRegions(page: Page): Promise<[number, number][]> {
  const boxes = await page
    .locator('.area-editor rect.region')
    .evaluateAll((rects) =>
      rects.map((rect) => ['x', 'y', 'width', 'height'].map((key) => Number(rect.getAttribute(key)) / 100)),
    );
  // a click on the border might miss the picture
  const within = (value: number) => Math.min(0.99, Math.max(0.01, value));
  const left = within(Math.min(...boxes.map(([x]) => x!)) - 0.1);
  const top = within(Math.min(...boxes.map(([, y]) => y!)) - 0.1);
  const right = within(Math.max(...boxes.map(([x, , width]) => x! + width!)) + 0.1);
  const bottom = within(Math.max(...boxes.map(([, y, , height]) => y! + height!)) + 0.1);
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}
