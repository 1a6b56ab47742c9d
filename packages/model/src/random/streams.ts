import { boxMuller, fnv1a, mulberry32 } from './mulberry.js';
import { polar, stateOf, xoshiro128 } from './xoshiro.js';

/** Version of the random streams for new runs. */
export const RANDOM_VERSION = 2;

/**
 * The inputs of a run's random numbers. `random` is the version of the streams; absent in runs from before version 2,
 * which used version 1. A training configuration can be one.
 */
export interface Seed {
  readonly seed: number;
  readonly random?: 1 | 2 | undefined;
}

/** One stream of random numbers: a function of its keys only, on every machine and independent of the order in which streams are created. */
export interface RandomStream {
  /** The next uniform number in [0, 1). */
  uniform(): number;
  /** The next `count` normal numbers of mean 0 and standard deviation `std`. */
  normals(count: number, std: number): Float32Array;
}

/**
 * The stream of a purpose ('step', 'parameter', …) and its keys under a seed. Streams of different keys are independent in version 2.
 *
 * @throws TypeError unless the seed is a finite number
 */
export function randomStream(
  { seed, random = 1 }: Seed,
  purpose: string,
  ...keys: (string | number)[]
): RandomStream {
  if (!Number.isFinite(seed)) {
    throw new TypeError(
      `the seed must be an object with a finite number as seed, such as { seed: 1, random: 2 }; its seed is ${String(seed)}`,
    );
  }
  const all = [purpose, seed, ...keys];
  if (random === 1) {
    const uniform = mulberry32(fnv1a(all.join('\u0000')));
    return { uniform, normals: (count, std) => boxMuller(uniform, count, std) };
  }
  const uniform = xoshiro128(stateOf(all));
  return { uniform, normals: (count, std) => polar(uniform, count, std) };
}
