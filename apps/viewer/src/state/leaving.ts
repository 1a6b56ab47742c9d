import { effect } from '@preact/signals';
import { shots, strip } from './shots.js';
import { busy } from './training.js';

const ask = (event: BeforeUnloadEvent) => event.preventDefault();

/** Lets the browser ask before the page is left or loaded again while that would lose judged pictures, or interrupt a training. */
export function askBeforeLeaving(): void {
  effect(() => {
    // a listener that is there all the time would keep the page out of the browser's cache for Back
    if (shots.value.length + strip.value.length > 0 || busy.value) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  });
}
