import type { Item } from '../run/types.js';

/** Addresses kept; more than a screen shows. */
const KEPT = 1500;
/** Pictures read at once. */
const AT_ONCE = 8;

const kept = new Map<Item, Promise<string>>();
/** Asked for and not begun; the newest is begun first, as it is the one in view. */
const waiting: (() => void)[] = [];
let running = 0;

/** An address of the picture for an `<img>`, valid while it is among the last that were asked for. */
export function thumbnail(item: Item): Promise<string> {
  const found = kept.get(item) ?? begun(async () => URL.createObjectURL(await item.image()));
  kept.delete(item);
  kept.set(item, found);
  for (const [old, url] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(old);
    void url.then(URL.revokeObjectURL, () => undefined);
  }
  found.catch(() => kept.delete(item));
  return found;
}

function begun<T>(work: () => Promise<T>): Promise<T> {
  return new Promise<T>((done, fail) => {
    waiting.push(() => {
      running++;
      void work()
        .then(done, fail)
        .finally(() => {
          running--;
          waiting.pop()?.();
        });
    });
    if (running < AT_ONCE) waiting.pop()?.();
  });
}
