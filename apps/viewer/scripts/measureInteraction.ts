// npx pnpm --filter @pyramid-mamba/viewer measure [--backend wasm|webgpu] [--seconds n], kernels built:
// the main thread's work per frame while a user drags and a worker judges pictures, from Chrome's trace.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Locator, Page } from 'playwright-core';
import { drop, goTo, type View } from '../test/e2e/acts.js';
import { executablePath, root, startSite } from '../test/e2e/page.js';
import { PICTURES, writeLargeRun } from './interaction/largeRun.js';
import { CATEGORIES, interactionOf, type Spread, type TraceEvent } from './interaction/trace.js';

const { values } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, seconds: { type: 'string', default: '4' } },
});
const SECONDS = Number(values.seconds);
/** Pictures queued before each action: more than can be judged during it. */
const WAITING = 250;

if (!executablePath) process.exit(1);
const home = mkdtempSync(join(tmpdir(), 'pm-interaction-'));
const site = await startSite();

/** Drags to and fro along a line, pressed, until the time is up. */
async function drag(page: Page, on: Locator, dx: number, dy: number): Promise<void> {
  const box = (await on.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const end = Date.now() + SECONDS * 1000;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 0; Date.now() < end; i++) {
    const at = Math.sin(i / 12);
    await page.mouse.move(x + dx * at, y + dy * at);
  }
  await page.mouse.up();
}

/** Turns the wheel to and fro until the time is up. */
async function wheel(page: Page, on: Locator, by: number): Promise<void> {
  await on.hover();
  const end = Date.now() + SECONDS * 1000;
  for (let i = 0; Date.now() < end; i++) await page.mouse.wheel(0, i % 60 < 30 ? by : -by);
}

/** Presses a key again and again until the time is up, some ten times a second. */
async function press(page: Page, key: string): Promise<void> {
  const end = Date.now() + SECONDS * 1000;
  while (Date.now() < end) {
    await page.keyboard.press(key);
    await page.waitForTimeout(100);
  }
}

const slider = (page: Page, name: string | RegExp) => page.getByRole('slider', { name });

/** The user's actions: the view, and the action. */
const ACTS: [what: string, view: View, act: (page: Page) => Promise<void>][] = [
  ['Live, opacity dragged', 'Live', (page) => drag(page, page.locator('.result input[type=range]'), 60, 0)],
  ['Inspect, opacity dragged', 'Inspect', (page) => drag(page, slider(page, /^Opacity/), 60, 0)],
  ['Inspect, zoomed by the wheel', 'Inspect', (page) => wheel(page, page.locator('.stage'), -60)],
  ['Inspect, one picture after the other', 'Inspect', (page) => press(page, ']')],
  ['Inspect, picture moved', 'Inspect', (page) => drag(page, page.locator('.stage'), 120, 60)],
  [
    `Thresholds, reject dragged, ${PICTURES} pictures`,
    'Thresholds',
    (page) => drag(page, page.locator('.handle.reject .grip'), 150, 0),
  ],
  [
    `Gallery scrolled, ${PICTURES} pictures`,
    'Gallery',
    (page) => wheel(page, page.locator('.grid-scroller'), 240),
  ],
];

const number = (value: number) => value.toFixed(1);
const three = ({ median, p95, max }: Spread) => [median, p95, max].map(number).join(' / ');

async function traced(page: Page, act: (page: Page) => Promise<void>): Promise<TraceEvent[]> {
  await site.browser.startTracing(page, { categories: CATEGORIES });
  await act(page);
  const text = (await site.browser.stopTracing()).toString('utf8');
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

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
  // as text: what runs this script gives functions names by a helper that the page does not have
  await page.evaluate('(function again() { requestAnimationFrame(again); })()');
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
    const { frames, longest, work, interval, workers } = interactionOf(await traced(page, act));
    console.log(
      `| ${what} | ${frames} | ${number(longest.wall)}, ${number(longest.cpu)} | ${three(work.cpu)} | ${three(work.wall)} | ${three(interval)} | ${Math.round(workers * 100)} % |`,
    );
  }
  if (faults.length > 0) throw new Error(`the page had errors: ${faults.join('; ')}`);
} finally {
  await site.close();
  rmSync(home, { recursive: true, force: true });
}
