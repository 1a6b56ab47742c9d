import { effect } from '@preact/signals';
import { shots, strip } from './live/shots.js';
import { busy } from './training.js';

const ask = (event: BeforeUnloadEvent) => event.preventDefault();

/** Makes the browser ask before the page is left or reloaded if that would lose judged pictures or interrupt a training. */
export function askBeforeLeaving(): void {
  effect(() => {
    // a permanent listener would exclude the page from the browser's back/forward cache
    if (shots.value.length + strip.value.length > 0 || busy.value) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  });
}
