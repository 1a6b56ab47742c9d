import pMap, { pMapSkip } from 'p-map';

/**
 * `items.map(work)` with at most `limit` pending promises. Results keep the order of `items`. If some reject, the one
 * first in the order of `items` is thrown, whichever failed first, so that the same input always gives the same error; it is
 * thrown when nothing is pending any more.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const failures: { index: number; error: unknown }[] = [];
  const results = await pMap(
    items,
    async (item, index) => {
      // items before a failed one have all been started; those after it need not be
      if (failures.length > 0) return pMapSkip;
      try {
        return await work(item, index);
      } catch (error) {
        failures.push({ index, error });
        return pMapSkip;
      }
    },
    { concurrency: limit },
  );
  const [first] = failures.toSorted((a, b) => a.index - b.index);
  if (first !== undefined) throw first.error;
  return results;
}
