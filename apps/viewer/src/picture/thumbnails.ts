import type { PictureFile } from '../run/readPicture.js';
import { aside } from './aside.js';
import { smallPicture } from './smallPicture.js';

/** Pixels of a thumbnail's side: of the gallery's common cell on this screen. */
const SIDE = Math.ceil(160 * Math.min(2, devicePixelRatio));
/** Number of cached thumbnails, a few kilobytes each: more than a screen shows. */
const KEPT = 1500;
/** Pictures read at once. */
const AT_ONCE = 4;

/** What has a thumbnail: an item of a run, or a picture of a project. */
export interface Pictured {
  image(): Promise<PictureFile>;
}

const kept = new Map<Pictured, Promise<string>>();
const waiting = new Set<() => void>();
let running = 0;

const small = aside(
  () => new Worker(new URL('./thumbnailWorker.ts', import.meta.url), { type: 'module', name: 'thumbnails' }),
  smallPicture,
);

/**
 * The thumbnail of a picture, as a URL for an `<img>`. Rejects with a sentence if it cannot be decoded, and if `stop` is aborted
 * before its turn: pictures scrolled out of view must not delay those in view.
 */
export function thumbnail(item: Pictured, stop: AbortSignal): Promise<string> {
  const found = kept.get(item) ?? inTurn(async () => small(await item.image(), SIDE), stop);
  kept.delete(item);
  kept.set(item, found);
  for (const old of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(old);
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
