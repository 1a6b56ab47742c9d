import { sha256Hex } from '../sha256.js';
import type { Sample } from '../types.js';

/** One hash for a list of pictures: their classes and bytes (`hashes`, one per sample), in order. */
export function datasetFingerprint(
  samples: readonly Pick<Sample, 'className'>[],
  hashes: readonly string[],
): Promise<string> {
  const lines = samples.map((sample, i) => `${sample.className} ${hashes[i]}\n`);
  return sha256Hex(lines.join(''));
}
