import { pMapIterable } from 'p-map';

/**
 * The results of `work` on each item, in order, with prefetching: while one result is used, the work on at most `depth` further
 * items is running. The results equal those of a plain loop. A rejection throws when its result is requested; results of work
 * started after it are discarded.
 *
 * Throws RangeError if `depth` is not an integer of at least 1.
 */
export async function* ahead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  depth: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`ahead: depth must be an integer of at least 1, got ${depth}`);
  }
  const results = pMapIterable(items, work, { concurrency: depth, backpressure: depth });
  for await (const result of results) yield result as Awaited<R>;
}

/** The next `count` items, or all that remain. */
export async function taken<T>(source: AsyncIterator<T, void>, count: number): Promise<T[]> {
  const found: T[] = [];
  while (found.length < count) {
    const { value, done } = await source.next();
    if (done) break;
    found.push(value);
  }
  return found;
}

/** All items in lists of `size`, the last one of what remains. A list is taken when it is requested. */
export async function* listsOf<T>(
  source: AsyncIterator<T, void>,
  size: number,
): AsyncGenerator<T[], void, undefined> {
  for (;;) {
    const list = await taken(source, size);
    if (list.length === 0) return;
    yield list;
  }
}
