// User actions on the page, shared by the tests.
import type { Locator, Page } from 'playwright-core';

/** Of a key held down, as the browser's protocol has it. */
const SHIFT = 8;

export interface Found {
  readonly score: number;
  readonly verdict: string;
}

/** The gallery's pictures in view. */
export const cells = (page: Page): Locator =>
  page.getByRole('listbox', { name: 'Pictures' }).getByRole('option');

/** The Live view's verdict on the picture `name` once it is judged; the view must be open, with a model. */
export async function verdictOn(page: Page, name: string): Promise<Found> {
  await page.locator('.result').getByText(`${name}, `).waitFor({ timeout: 180_000 });
  return {
    score: await scoreOf(page),
    verdict: (await page.locator('#live-verdict .verdict').textContent())!.trim(),
  };
}

/** The score that the Live view shows, all its digits; NaN while it shows none. */
export async function scoreOf(page: Page): Promise<number> {
  const [shown] = await page.locator('#live-score').all();
  return Number((await shown?.getAttribute('title')) ?? NaN);
}

/** Picks a picture in the Live view. */
export async function judged(page: Page, picture: string): Promise<Found> {
  await page.locator('#live-files').setInputFiles(picture);
  return verdictOn(page, picture.slice(picture.lastIndexOf('/') + 1));
}

/** The views, by the step and the part of it that shows them. */
const VIEWS = {
  Pictures: ['pictures'],
  Train: ['train'],
  Gallery: ['judge', 'Results'],
  Inspect: ['judge', 'One picture'],
  Live: ['judge', 'Judge pictures'],
  Thresholds: ['adjust'],
  Figures: ['report', 'Figures'],
} as const;
export type View = keyof typeof VIEWS;

/** Goes to a view by the navigation. */
export async function goTo(page: Page, view: View): Promise<void> {
  const [step, part] = VIEWS[view];
  await page.locator(`.steps-of-work a[data-step="${step}"]`).click();
  if (part === undefined) return;
  await page.locator('nav.parts').getByRole('link', { name: part, exact: true }).click();
}

/** Takes a folder of pictures into a new project, by the first screen. */
export async function newProject(page: Page, folder: string): Promise<void> {
  await page.locator('#add-folder').setInputFiles(folder);
  await page.getByText(/pictures added/).waitFor();
}

/** Goes to the first screen. */
export async function goToStart(page: Page): Promise<void> {
  await page.locator('.bar .brand').click();
}

/** Drops files or folders of this machine on the page, as a file manager does. */
export async function drop(
  page: Page,
  paths: readonly string[],
  { on = 'main', shift = false } = {},
): Promise<void> {
  const box = (await page.locator(on).boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data, modifiers: shift ? SHIFT : 0 });
  await session.detach();
  // the drop hint disappears, whoever handled the drop
  await page.locator('.drop-zone').waitFor({ state: 'detached' });
}

/** Opens a model file by the button of the first screen. */
export async function openModelFile(page: Page, file: string): Promise<void> {
  await goToStart(page);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a model file' }).click();
  await (await chooser).setFiles(file);
}

/** The example's run by its button, and its model in the Live view. */
export async function openExampleModel(page: Page): Promise<void> {
  await goToStart(page);
  await page.getByRole('link', { name: 'Open the example' }).click();
  await cells(page).first().waitFor();
  await goTo(page, 'Live');
  await page.locator('#live-files').waitFor({ state: 'attached' });
}

/** Moves the focus by Tab alone until it is on `target`. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < 400; tabs++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the keyboard does not reach it');
}

/** Presses a button or link with the keyboard alone. */
export async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Presses a button that opens the browser's dialog, and chooses there. */
export async function pressAndChoose(page: Page, target: Locator, files: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await press(page, target);
  await (await chooser).setFiles(files);
}
