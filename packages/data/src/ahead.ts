/**
 * The results of `work` on each item, in order, begun before they are asked for: while one is used, the work on up to `depth`
 * further ones is under way, and no more, however many items there are. What is done with a result does not change when the
 * work on others happens, so the results are those of a plain loop. Work that rejects throws where its result is asked for;
 * what was begun beyond it runs out unheard.
 *
 * Throws RangeError where `depth` is not an integer of at least 1.
 */
export async function* ahead<T, R>(
  items: readonly T[],
  depth: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`ahead: depth must be an integer of at least 1, got ${depth}`);
  }
  const begun: Promise<R>[] = [];
  let next = 0;
  const begin = () => {
    while (next < items.length && begun.length < depth) {
      const one = work(items[next]!, next);
      // told when its turn comes; until then it must not count as unhandled
      one.catch(() => undefined);
      begun.push(one);
      next++;
    }
  };
  begin();
  for (let one = begun.shift(); one; one = begun.shift()) {
    const result = await one;
    begin();
    yield result;
  }
}

/** The next `count` of what is to come, or all there is. */
export async function taken<T>(source: AsyncIterator<T, void>, count: number): Promise<T[]> {
  const found: T[] = [];
  while (found.length < count) {
    const { value, done } = await source.next();
    if (done) break;
    found.push(value);
  }
  return found;
}
