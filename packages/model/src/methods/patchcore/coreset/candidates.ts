import { randomStream, type Seed } from '../../../random/streams.js';

/**
 * The patches of a picture among which the bank is chosen, ascending: all of them, or a random part where all pictures together
 * have more than `most`. A function of the seed and the picture's index only.
 */
export function candidatesOf(
  picture: number,
  { pictures, patches, most }: { pictures: number; patches: number; most: number | null },
  seed: Seed,
): number[] {
  const all = Array.from({ length: patches }, (_, i) => i);
  const size = most === null ? patches : Math.min(patches, Math.max(1, Math.floor(most / pictures)));
  if (size === patches) return all;
  const { uniform } = randomStream(seed, 'candidates', picture);
  // the first `size` places of a shuffle
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(uniform() * (patches - i));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, size).sort((a, b) => a - b);
}
