// npx pnpm --filter @pyramid-mamba/viewer measure [--backend wasm|webgpu] [--seconds n], kernels built:
// the main thread's work per frame while a user drags and a worker judges pictures, from Chrome's trace.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { drop, goTo, type View } from '../test/e2e/acts.js';
import { executablePath, root, startSite } from '../test/e2e/page.js';
import { drag, press, wheel } from './interaction/gestures.js';
import { PICTURES, writeLargeRun } from './interaction/largeRun.js';
import type { Spread } from './interaction/trace.js';
import { drawAlways, traced } from './interaction/traced.js';

const { values } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, seconds: { type: 'string', default: '4' } },
});
const SECONDS = Number(values.seconds);
/** Pictures queued before each action: more than can be judged during it. */
const WAITING = 250;

if (!executablePath) process.exit(1);
const home = mkdtempSync(join(tmpdir(), 'pm-interaction-'));
const site = await startSite();

const slider = (page: Page, name: string | RegExp) => page.getByRole('slider', { name });

/** The user's actions: the view, and the action. */
const ACTS: [what: string, view: View, act: (page: Page) => Promise<void>][] = [
  [
    'Live, opacity dragged',
    'Live',
    (page) => drag(page, page.locator('.result input[type=range]'), 60, 0, SECONDS),
  ],
  ['Inspect, opacity dragged', 'Inspect', (page) => drag(page, slider(page, /^Opacity/), 60, 0, SECONDS)],
  ['Inspect, zoomed by the wheel', 'Inspect', (page) => wheel(page, page.locator('.stage'), -60, SECONDS)],
  ['Inspect, one picture after the other', 'Inspect', (page) => press(page, ']', SECONDS)],
  ['Inspect, picture moved', 'Inspect', (page) => drag(page, page.locator('.stage'), 120, 60, SECONDS)],
  [
    `Thresholds, reject dragged, ${PICTURES} pictures`,
    'Thresholds',
    (page) => drag(page, page.locator('.handle.reject .grip'), 150, 0, SECONDS),
  ],
  [
    `Gallery scrolled, ${PICTURES} pictures`,
    'Gallery',
    (page) => wheel(page, page.locator('.grid-scroller'), 240, SECONDS),
  ],
];

const number = (value: number) => value.toFixed(1);
const three = ({ median, p95, max }: Spread) => [median, p95, max].map(number).join(' / ');

/** Opens the run and its model, judges a picture, and requests a frame at every opportunity. */
async function prepared(): Promise<{ page: Page; faults: string[]; picture: string }> {
  const run = join(home, 'run');
  await writeLargeRun(run, join(root, 'public/example/model.safetensors'));
  const picture = join(home, 'picture.png');
  const { image } = renderSynthetic({
    className: 'tile',
    seed: 1,
    split: 'test',
    index: 99,
    defect: 'good',
    size: 256,
  });
  writeFileSync(picture, await encodePngRgb(image));
  const { page, faults } = await site.open(`?backend=${values.backend}`);
  await drop(page, [run]);
  await page.getByText(`${PICTURES} pictures of run`).waitFor();
  await goTo(page, 'Live');
  await page.locator('#live-files').waitFor({ state: 'attached' });
  await page.locator('#live-files').setInputFiles(picture);
  await page.locator('#live-verdict').waitFor({ timeout: 120_000 });
  await drawAlways(page);
  return { page, faults, picture };
}

try {
  const { page, faults, picture } = await prepared();
  console.log(
    `${cpus()[0]?.model.trim()} × ${cpus().length}, load ${number(loadavg()[0]!)}, Chromium ${site.browser.version()}`,
  );
  console.log(await page.locator('#engine-status').textContent());
  console.log('Milliseconds: median / 95th percentile / maximum.\n');
  console.log(
    '| while pictures are judged | frames | longest task, wall, CPU | work per frame, CPU | work per frame, wall | frame interval | worker busy |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [what, view, act] of ACTS) {
    await goTo(page, 'Live');
    await page.locator('#live-files').setInputFiles(Array.from({ length: WAITING }, () => picture));
    await goTo(page, view);
    await page.waitForTimeout(500);
    const { frames, longest, work, interval, workers } = await traced(site, page, act);
    console.log(
      `| ${what} | ${frames} | ${number(longest.wall)}, ${number(longest.cpu)} | ${three(work.cpu)} | ${three(work.wall)} | ${three(interval)} | ${Math.round(workers * 100)} % |`,
    );
  }
  if (faults.length > 0) throw new Error(`the page had errors: ${faults.join('; ')}`);
} finally {
  await site.close();
  rmSync(home, { recursive: true, force: true });
}
