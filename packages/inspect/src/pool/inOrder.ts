import { ahead } from '@pyramid-mamba/data';

/** Tasks that are open for each worker: one that it does, and one that waits so that it need not. */
const PER_WORKER = 2;

/**
 * The results of `work` on each item, in the order of the items, for `width` workers. With one, an item is begun when the result before
 * it has been used; with more, at most two items a worker are open, used results not counted: memory does not grow with the items. A failure is
 * thrown in its turn, after the results before it.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<Awaited<R>, void, undefined> {
  if (width > 1) return yield* ahead(items, PER_WORKER * width, work) as AsyncGenerator<Awaited<R>, void>;
  for await (const item of items) yield await work(item as T);
}
