import type { Page } from 'playwright-core';
import type { Site } from '../../test/e2e/page.js';
import { CATEGORIES, interactionOf, type Interaction, type TraceEvent } from './trace.js';

/** From now on the page asks for a frame at every opportunity: without one it draws none, and the trace has nothing to count. */
export const drawAlways = (page: Page): Promise<unknown> =>
  // as text: what runs the scripts gives functions names by a helper that the page does not have
  page.evaluate('(function again() { requestAnimationFrame(again); })()');

/** What the page's main thread did during an act, from Chrome's trace. */
export async function traced(
  { browser }: Site,
  page: Page,
  act: (page: Page) => Promise<void>,
): Promise<Interaction> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await act(page);
  const text = (await browser.stopTracing()).toString('utf8');
  return interactionOf((JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents);
}
