import type { RandomStream } from '../../random/streams.js';

const SIDE = 7;
const MIDDLE = 3;

/** Weights of red, green and blue: light and dark, red against green, blue against yellow. */
const LUMINANCE = [1, 1, 1] as const;
const OPPONENT = [
  [1, -1, 0],
  [-0.5, -0.5, 1],
] as const;

type Profile = (x: number, y: number) => number;

const gaussian = (sigma: number): Profile => {
  const scale = 1 / (2 * sigma * sigma);
  return (x, y) => Math.exp(-(x * x + y * y) * scale);
};

/** A wave of `frequency` cycles per pixel across direction `angle` under a Gaussian window. */
function gabor(angle: number, frequency: number, phase: number): Profile {
  const window = gaussian(Math.min(2.2, 0.45 / frequency));
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => window(x, y) * Math.cos(2 * Math.PI * frequency * (x * dx + y * dy) + phase);
}

/** A spot against its surroundings: the difference of two Gaussians, of equal sums after removing the mean. */
function spot(sigma: number): Profile {
  const [inner, outer] = [gaussian(sigma), gaussian(1.6 * sigma)];
  return (x, y) => inner(x, y) - outer(x, y) / 2.56;
}

/** The profile sampled on 7×7 pixels, of unit norm, without its mean if `meanFree`. */
function sampled(profile: Profile, meanFree: boolean): Float64Array {
  const out = Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
    profile((i % SIDE) - MIDDLE, Math.floor(i / SIDE) - MIDDLE),
  );
  const mean = meanFree ? out.reduce((a, b) => a + b, 0) / out.length : 0;
  const norm = Math.sqrt(out.reduce((a, b) => a + (b - mean) ** 2, 0));
  return out.map((value) => (value - mean) / norm);
}

/** One filter as (3, 7, 7): the profile in each colour by its weight. */
function coloured(colour: readonly number[], profile: Float64Array): number[] {
  const norm = Math.hypot(...colour);
  return colour.flatMap((weight) => Array.from(profile, (value) => (weight / norm) * value));
}

const FREQUENCIES = [0.09, 0.15, 0.24, 0.34];
const PHASES = [0, Math.PI / 2, Math.PI, (3 * Math.PI) / 2];
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * First-layer filters from a formula instead of training, of the kinds found in trained networks and the visual cortex:
 * of each eight, five Gabor waves in luminance, one in an opponent colour, one spot, one smooth patch of colour. All but the last kind
 * have zero mean.
 *
 * @param random only rotates the whole bank
 * @returns (width, 3, 7, 7), each filter of unit norm
 */
export function filterBank(width: number, random: RandomStream): Float32Array {
  const turn = random.uniform() * Math.PI;
  const out = new Float32Array(width * 3 * SIDE * SIDE);
  for (let i = 0; i < width; i++) {
    const round = Math.floor(i / 8);
    const sign = round % 2 === 0 ? 1 : -1;
    const opponent = OPPONENT[(round >> 1) % 2]!.map((weight) => weight * sign);
    // multiples of the golden ratio are evenly spread over 180° for any number of filters
    const angle = turn + Math.PI * ((i * GOLDEN) % 1);
    let filter: number[];
    if (i % 8 < 5) {
      const n = 5 * round + (i % 8);
      const wave = gabor(angle, FREQUENCIES[n % 4]!, PHASES[(n >> 2) % 4]!);
      filter = coloured(LUMINANCE, sampled(wave, true));
    } else if (i % 8 === 5) {
      filter = coloured(opponent, sampled(gabor(angle, FREQUENCIES[round % 2]!, Math.PI / 2), true));
    } else if (i % 8 === 6) {
      const luminance = LUMINANCE.map((weight) => weight * sign);
      filter = coloured(luminance, sampled(spot(0.8 + 0.4 * ((round >> 1) % 3)), true));
    } else {
      const axes = [LUMINANCE, ...OPPONENT];
      const axis = axes[(round >> 1) % 3]!.map((weight) => weight * sign);
      filter = coloured(axis, sampled(gaussian(2), false));
    }
    out.set(filter, i * filter.length);
  }
  return out;
}
