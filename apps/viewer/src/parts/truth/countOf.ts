import type { Verdict } from '@pyramid-mamba/metrics';

/** 0 of good pictures, 1 of defective ones, null where nobody has said. */
export type Truth = 0 | 1 | null;

/** How many pictures of a truth have a verdict, or none. */
export type CountOf = (truth: Truth, verdict: Verdict | null) => number;

/** Counts pictures by what `about` says of them. */
export function countOf<T>(
  pictures: readonly T[],
  about: (one: T) => { readonly truth: Truth; readonly verdict: Verdict | null },
): CountOf {
  const counts = new Map<string, number>();
  const key = (truth: Truth, verdict: Verdict | null) => `${truth} ${verdict}`;
  for (const one of pictures) {
    const { truth, verdict } = about(one);
    counts.set(key(truth, verdict), (counts.get(key(truth, verdict)) ?? 0) + 1);
  }
  return (truth, verdict) => counts.get(key(truth, verdict)) ?? 0;
}
