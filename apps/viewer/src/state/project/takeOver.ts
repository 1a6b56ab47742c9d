import { signal } from '@preact/signals';
import { changing } from './open.js';

/** What the tab that works on the project is at, where it asks before it stops; null where nothing is asked. */
export const busyElsewhere = signal<string | null>(null);
/** While the other tab is asked. */
export const asking = signal(false);

/** Works on the open project in this tab, in place of the other one; `confirmed`: also where that one is at something, which it saves first. */
export async function workHere(confirmed: boolean): Promise<void> {
  if (asking.value) return;
  asking.value = true;
  busyElsewhere.value = null;
  await changing('The project stays with the other tab', async (open) => {
    const found = await open.takeOver({ confirmed });
    if (found.done) return;
    if (found.busy && !confirmed) busyElsewhere.value = found.sentence;
    else throw new Error(found.sentence);
  });
  asking.value = false;
}
