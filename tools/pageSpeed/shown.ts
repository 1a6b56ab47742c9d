import type { Page } from 'playwright';

/**
 * Chooses one picture in the Live view: milliseconds until its verdict is on the screen, by the page's own clock, so that the time of the program
 * that drives the browser is not counted.
 */
export async function verdictShown(page: Page, picture: string): Promise<number> {
  const name = picture.slice(picture.lastIndexOf('/') + 1);
  // as text: what runs this file gives functions names by a helper that the page does not have
  await page.evaluate(`void (window.shown = new Promise((resolve) => {
    let from;
    document.querySelector('#live-files').addEventListener('change', () => (from = performance.now()), { once: true, capture: true });
    const seen = new MutationObserver(() => {
      const text = document.querySelector('.result')?.textContent ?? '';
      if (from === undefined || !text.includes(${JSON.stringify(`${name}, `)})) return;
      seen.disconnect();
      // drawn with the next frame
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
    });
    seen.observe(document.body, { subtree: true, childList: true, characterData: true });
  }))`);
  await page.locator('#live-files').setInputFiles(picture);
  return page.evaluate<number>('window.shown');
}

/** Files that the Live view has judged, and those that wait. */
export async function counts(page: Page): Promise<{ judged: number; waiting: number }> {
  const [shown] = await page.locator('#live-counts').all();
  const text = (await shown?.textContent()) ?? '';
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return { judged: number(/^(\d+) files?:/), waiting: number(/(\d+) waiting/) };
}
