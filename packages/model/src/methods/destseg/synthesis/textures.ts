// Textures that are drawn, so that no set of pictures is needed (the paper takes those of the Describable Textures Dataset, whose licence is for
// research).
import { IMAGENET } from './normalisation.js';
import { perlinNoise } from './perlin.js';

type Uniform = () => number;
type Size = readonly [height: number, width: number];
/** A texture's shade at each pixel, 0 to 1, row-major. */
type Field = (uniform: Uniform, size: Size) => ArrayLike<number>;

/** A field by a function of the pixel. */
const fieldOf = ([height, width]: Size, at: (y: number, x: number) => number): Float32Array =>
  Float32Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width));

/** Cells along a side: the next power of two up to 2^5 that divides it. */
function cells(side: number, uniform: Uniform): number {
  let count = 2 ** Math.floor(uniform() * 6);
  while (side % count !== 0) count /= 2;
  return count;
}

/** Perlin noise between −1 and 1. */
function noise(uniform: Uniform, size: Size): Float64Array {
  const grid = [cells(size[0], uniform), cells(size[1], uniform)] as const;
  return perlinNoise(Array.from({ length: (grid[0] + 1) * (grid[1] + 1) }, uniform), grid, size);
}

/** Clouds: the sum of two noises. */
const clouds: Field = (uniform, size) => {
  const [coarse, fine] = [noise(uniform, size), noise(uniform, size)];
  return coarse.map((value, i) => 0.5 + 0.5 * value + 0.25 * fine[i]!);
};

/** Waves across a random direction, bent by noise. */
const stripes: Field = (uniform, size) => {
  const [angle, period] = [Math.PI * uniform(), 4 + 28 * uniform()];
  const [bend, bent] = [3 * uniform(), noise(uniform, size)];
  return fieldOf(size, (y, x) => {
    const along = (2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / period;
    return 0.5 + 0.5 * Math.sin(along + bend * bent[y * size[1] + x]!);
  });
};

/** Squares of two shades. */
const squares: Field = (uniform, size) => {
  const [height, width] = [2 + Math.floor(24 * uniform()), 2 + Math.floor(24 * uniform())];
  return fieldOf(size, (y, x) => (Math.floor(y / height) + Math.floor(x / width)) % 2);
};

/** Cells around random points: the distance to the nearest. */
const pebbles: Field = (uniform, size) => {
  const points = Array.from(
    { length: 6 + Math.floor(26 * uniform()) },
    () => [uniform() * size[0], uniform() * size[1]] as const,
  );
  const reach = Math.sqrt((size[0] * size[1]) / points.length);
  return fieldOf(size, (y, x) =>
    Math.min(1, Math.min(...points.map(([py, px]) => Math.hypot(y - py, x - px))) / reach),
  );
};

/** Grains: blocks of random shades. */
const grains: Field = (uniform, size) => {
  const side = 1 + Math.floor(8 * uniform());
  const columns = Math.ceil(size[1] / side);
  const shades = Array.from({ length: Math.ceil(size[0] / side) * columns }, uniform);
  return fieldOf(size, (y, x) => shades[Math.floor(y / side) * columns + Math.floor(x / side)]!);
};

const FIELDS: readonly Field[] = [clouds, stripes, squares, pebbles, grains];
/** The most that a pixel's own noise changes a value. */
const SPECKLE = 0.15;

/**
 * A random texture: one of five patterns between two random colours, with speckles.
 *
 * @param uniform the next uniform number in [0, 1)
 * @returns normalised RGB, (height, width, 3), row-major
 */
export function drawTexture(uniform: Uniform, size: Size): Float32Array {
  const field = FIELDS[Math.floor(uniform() * FIELDS.length)]!(uniform, size);
  const [from, to] = [0, 1].map(() => Array.from({ length: 3 }, uniform)) as [number[], number[]];
  const speckle = SPECKLE * uniform();
  const out = new Float32Array(size[0] * size[1] * 3);
  for (let i = 0; i < out.length; i += 3) {
    const shade = Math.min(1, Math.max(0, field[i / 3]!));
    const grain = speckle * (2 * uniform() - 1);
    for (let c = 0; c < 3; c++) {
      const value = from[c]! + (to[c]! - from[c]!) * shade + grain;
      out[i + c] = (Math.min(1, Math.max(0, value)) - IMAGENET.mean[c]!) / IMAGENET.std[c]!;
    }
  }
  return out;
}
