// Screenshots of every view at four widths, light and dark, to be looked at:
//   pnpm --filter @pyramid-mamba/viewer screenshots FOLDER [TEXT]
// with TEXT only the views whose name contains it. The page is built first; a small project is made in it, without training. The README's pictures of
// the page are among them, by their names in docs/images.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { drop, goTo, judged, newProject } from '../test/e2e/acts.js';
import { startSite } from '../test/e2e/page.js';

const WIDTHS = [390, 820, 1280, 1920];
const SCHEMES = ['light', 'dark'] as const;
/** The README's pictures, by view, and their height: no line is cut. */
const README: Readonly<Record<string, readonly [file: string, height: number]>> = {
  'example-judged': ['inspector.png', 770],
  'example-adjust': ['thresholds.png', 800],
};

const [folder, only = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected a folder for the screenshots');
const out = resolve(process.env['INIT_CWD'] ?? '.', folder);
mkdirSync(out, { recursive: true });

const home = mkdtempSync(join(tmpdir(), 'pm-shots-'));
async function pictures(kind: 'good' | 'bad', defects: readonly string[], count: number): Promise<void> {
  const to = join(home, 'bottle', kind);
  mkdirSync(to, { recursive: true });
  for (let index = 0; index < count; index++) {
    const defect = defects[index % defects.length]!;
    const recipe = { className: 'bottle', seed: 1, split: 'test', index, defect, size: 256 } as const;
    writeFileSync(join(to, `${kind}-${index}.png`), await encodePngRgb(renderSynthetic(recipe).image));
  }
}

/** Views by their names: how to get there from the page's start, once for all widths. */
const VIEWS: Record<string, (page: Page) => Promise<unknown>> = {
  start: () => Promise.resolve(),
  'example-results': (page) => page.goto(site.at('?backend=wasm#example/judge/results')),
  'example-picture': (page) => page.goto(site.at('?backend=wasm#example/judge/picture')),
  'example-now': async (page) => {
    await page.goto(site.at('?backend=wasm#example/judge/now'));
    await page.locator('#live-files').waitFor({ state: 'attached' });
  },
  'example-judged': async (page) => {
    await page.goto(site.at('?backend=wasm#example/judge/now'));
    await page.locator('#live-files').waitFor({ state: 'attached' });
    await judged(page, join(home, 'bottle', 'good', 'good-0.png'));
    await judged(page, join(home, 'bottle', 'bad', 'bad-0.png'));
  },
  'example-adjust': (page) => page.goto(site.at('?backend=wasm#example/adjust')),
  'example-report': (page) => page.goto(site.at('?backend=wasm#example/report')),
  'example-figures': (page) => page.goto(site.at('?backend=wasm#example/report/figures')),
  'example-train': (page) => page.goto(site.at('?backend=wasm#example/train')),
  pictures: (page) => newProject(page, join(home, 'bottle')),
  ask: async (page) => {
    await newProject(page, join(home, 'bottle'));
    await drop(page, [join(home, 'bottle', 'bad', 'bad-1.png'), join(home, 'bottle', 'bad', 'bad-2.png')]);
    await page.locator('dialog.ask').waitFor();
  },
  train: async (page) => {
    await newProject(page, join(home, 'bottle'));
    await goTo(page, 'Train');
    await page.getByText('Details', { exact: true }).click();
  },
  'judge-without-model': async (page) => {
    await newProject(page, join(home, 'bottle'));
    await page.locator('.steps-of-work a[data-step="judge"]').click();
  },
  'report-without-model': async (page) => {
    await newProject(page, join(home, 'bottle'));
    await page.locator('.steps-of-work a[data-step="report"]').click();
  },
  notices: async (page) => {
    const junk = Array.from({ length: 40 }, (_, i) => join(home, `${i}.txt.png`));
    for (const file of junk) writeFileSync(file, 'no picture');
    await newProject(page, join(home, 'bottle'));
    await page.locator('#add-pictures').setInputFiles(junk);
    await page.getByRole('dialog').getByRole('button', { name: /^Good/ }).click();
    await page.locator('.notice.error').waitFor();
  },
  unknown: (page) => page.goto(site.at('#no/such/page')),
  'no-project': (page) => page.goto(site.at('#no-project/judge')),
};

await pictures('good', ['good'], 22);
await pictures('bad', ['broken_lip', 'crack', 'contamination'], 6);
const site = await startSite();
try {
  for (const [name, go] of Object.entries(VIEWS)) {
    if (!name.includes(only)) continue;
    const { page, faults } = await site.open('?backend=wasm');
    try {
      await go(page);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 800 ? 844 : Math.round(width * 0.5625) });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          await page.waitForTimeout(400);
          await page.screenshot({ path: join(out, `${name}-${width}-${colorScheme}.png`) });
        }
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (over > 0) console.warn(`${name} at ${width}: ${over} pixels wider than the window`);
      }
      if (Object.hasOwn(README, name)) {
        const [file, height] = README[name]!;
        await page.setViewportSize({ width: 1280, height });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(out, file) });
      }
      console.log(name);
    } catch (error) {
      console.error(`${name}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
    for (const fault of faults) console.warn(`${name}: ${fault}`);
    await page.context().close();
  }
} finally {
  await site.close();
  rmSync(home, { recursive: true, force: true });
}
