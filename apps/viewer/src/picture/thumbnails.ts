import type { Item } from '../run/types.js';

/** Addresses kept; more than a screen shows. */
const KEPT = 1500;
/** Pictures read at once. */
const AT_ONCE = 8;

const kept = new Map<Item, Promise<string>>();
const waiting = new Set<() => void>();
let running = 0;

/**
 * An address of the picture for an `<img>`, valid while it is among the last that were asked for. Rejects where `stop` is aborted
 * before its turn came: a picture that was scrolled by must not keep those in view waiting.
 */
export function thumbnail(item: Item, stop: AbortSignal): Promise<string> {
  const found = kept.get(item) ?? inTurn(async () => URL.createObjectURL(await item.image()), stop);
  kept.delete(item);
  kept.set(item, found);
  for (const [old, url] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(old);
    void url.then(URL.revokeObjectURL, () => undefined);
  }
  found.catch(() => {
    if (kept.get(item) === found) kept.delete(item);
  });
  return found;
}

function inTurn<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
  return new Promise<T>((done, fail) => {
    const begin = () => {
      running++;
      void work()
        .then(done, fail)
        .finally(() => {
          running--;
          next();
        });
    };
    waiting.add(begin);
    stop.addEventListener('abort', () => waiting.delete(begin) && fail(stop.reason), { once: true });
    next();
  });
}

function next(): void {
  const [first] = waiting;
  if (!first || running >= AT_ONCE) return;
  waiting.delete(first);
  first();
}
