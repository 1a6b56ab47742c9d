// What a user's hands do for some seconds, without a pause.
import type { Locator, Page } from 'playwright-core';

/** Drags to and fro along a line, pressed, until the time is up. */
export async function drag(page: Page, on: Locator, dx: number, dy: number, seconds: number): Promise<void> {
  const box = (await on.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const end = Date.now() + seconds * 1000;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 0; Date.now() < end; i++) {
    const at = Math.sin(i / 12);
    await page.mouse.move(x + dx * at, y + dy * at);
  }
  await page.mouse.up();
}

/** Turns the wheel to and fro until the time is up. */
export async function wheel(page: Page, on: Locator, by: number, seconds: number): Promise<void> {
  await on.hover();
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) await page.mouse.wheel(0, i % 60 < 30 ? by : -by);
}

/** Presses a key again and again until the time is up, some ten times a second. */
export async function press(page: Page, key: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await page.keyboard.press(key);
    await page.waitForTimeout(100);
  }
}
