/**
 * `items.map(work)` with at most `limit` pending promises. Results keep the order of `items`. If some reject, the one
 * first in the order of `items` is thrown, whichever failed first, so that the same input always gives the same error.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = [] as R[];
  let next = 0;
  let failedAt = items.length;
  let failure: unknown;
  const worker = async () => {
    // items before a failed one have all been started; those after it need not be
    while (next < failedAt) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        if (index < failedAt) {
          failedAt = index;
          failure = error;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failedAt < items.length) throw failure;
  return results;
}
