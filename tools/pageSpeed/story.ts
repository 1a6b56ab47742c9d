// The page as its user meets it, with a clock: the built page in the system's Chromium.
import { join } from 'node:path';
import type { Page } from 'playwright';
import { drag } from '../../apps/viewer/scripts/interaction/gestures.ts';
import type { Interaction } from '../../apps/viewer/scripts/interaction/trace.ts';
import { drawAlways, traced } from '../../apps/viewer/scripts/interaction/traced.ts';
import { drop, goTo, verdictOn } from '../../apps/viewer/test/e2e/acts.ts';
import type { Site } from '../../apps/viewer/test/e2e/page.ts';
import { threadsFor } from '../../apps/viewer/src/engine/helpers/count.ts';
import { copies, writeBottles } from './pictures.ts';
import { counts, verdictShown } from './shown.ts';
import { medianOf, seconds, type Measured } from './table.ts';

/** Good pictures that are dropped. */
const GOOD = 24;
/** Pictures of which each verdict is timed. */
const SINGLE = 20;
/** Pictures queued before the slider is dragged: more than can be judged during it. */
const WAITING = 250;
const DRAGGED_SECONDS = 5;
/** A busy machine may take so long for one part. */
const PATIENCE_MS = 1_500_000;

/** Runs through the page. `say` is told what is done and what came of it, so that one sees that it goes on, and an interrupted run is not lost. */
export async function measured(
  site: Site,
  home: string,
  { backend, folder }: { readonly backend: string; readonly folder: number },
  say: (doing: string) => void,
): Promise<Measured> {
  const parts = join(home, 'bottle');
  await writeBottles(join(parts, 'good'), { split: 'train', count: GOOD });
  const defect = 'broken_lip';
  const single = await writeBottles(join(home, 'single'), { split: 'test', count: SINGLE + 1, defect });
  const many = join(home, 'many');
  await writeBottles(many, { split: 'test', count: folder, from: SINGLE + 1, defect });

  say('the first load');
  const first = await site.open(`?backend=${backend}`);
  const { page } = first;
  await page.getByRole('heading', { name: 'Drop good pictures of your product' }).waitFor();
  await page.waitForLoadState('networkidle');
  const scriptBytes = first.scriptBytes();

  say('from the drop to the first verdict');
  const [warm, ...timed] = single as [string, ...string[]];
  const dropped = performance.now();
  await drop(page, [parts]);
  await page.getByText(`${GOOD} pictures added`).waitFor();
  await goTo(page, 'Train');
  // the first model is the same whatever the time; without more of it, the training ends
  await page.locator('#train-time').selectOption('null');
  await page.locator('#train-start').click();
  await page
    .getByText('The first model can be used already.')
    .or(page.locator('#train-download'))
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  const usable = performance.now() - dropped;
  await goTo(page, 'Live');
  await page.locator('#live-files').setInputFiles(warm);
  await verdictOn(page, warm.slice(warm.lastIndexOf('/') + 1));
  const answered = performance.now() - dropped;
  say(
    `  a model can be used after ${seconds(usable)}, the first verdict is there after ${seconds(answered)}`,
  );

  say('frames while it trains');
  await drawAlways(page);
  const training = page.getByText(/^Training: /);
  const whileTraining = await dragged(site, page, async () => (await training.count()) > 0);
  await training.waitFor({ state: 'detached', timeout: PATIENCE_MS });

  say('one picture after the other');
  await verdictShown(page, warm);
  const verdicts: number[] = [];
  for (const picture of timed) verdicts.push(await verdictShown(page, picture));
  say(`  median ${medianOf(verdicts).toFixed(0)} ms`);

  say(`a folder of ${folder} pictures`);
  const { judged } = await counts(page);
  const from = performance.now();
  await page.locator('#live-folder').setInputFiles(many);
  await until(page, (now) => now.waiting === 0 && now.judged === judged + folder);
  const milliseconds = performance.now() - from;
  say(`  ${seconds(milliseconds)}`);
  const cores = backend === 'wasm' ? await threadsOf(page) : 1;

  say('frames while it judges on all cores');
  const queue = copies(join(home, 'queue'), warm, WAITING);
  await page.locator('#live-files').setInputFiles(queue);
  // the slider is where this picture's result has it from now on: what is below it is not pressed by mistake
  await page.locator('.result').getByText('copy-').waitFor({ timeout: PATIENCE_MS });
  const whileJudging = await dragged(site, page, async () => (await counts(page)).waiting > 0);

  const faults = first.faults.join('; ');
  await page.context().close();
  if (faults !== '') throw new Error(`page:speed: the page had errors: ${faults}`);
  return {
    scriptBytes,
    pictures: GOOD,
    usable,
    answered,
    verdicts,
    folder: { pictures: folder, milliseconds, cores },
    whileTraining,
    whileJudging,
  };
}

/** The main thread's frames while the heat map's slider is dragged; null where the page is not at work to the end: frames without work say nothing. */
async function dragged(site: Site, page: Page, atWork: () => Promise<boolean>): Promise<Interaction | null> {
  let whole = false;
  const found = await traced(site, page, async () => {
    await drag(page, page.locator('.result input[type=range]'), 60, 0, DRAGGED_SECONDS);
    whole = await atWork();
  });
  return whole ? found : null;
}

/** Waits until the Live view's counts are as they should. */
async function until(page: Page, is: (now: Awaited<ReturnType<typeof counts>>) => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!is(await counts(page))) {
    if (Date.now() > end)
      throw new Error(`page:speed: pictures were not judged within ${PATIENCE_MS / 60_000} minutes`);
    await page.waitForTimeout(50);
  }
}

/** Threads that judge a folder here, as the page counts them. */
async function threadsOf(page: Page): Promise<number> {
  const here = await page.evaluate<{ cores: number; gib?: number }>(
    '({ cores: navigator.hardwareConcurrency, gib: navigator.deviceMemory })',
  );
  return threadsFor(here.cores, here.gib);
}
