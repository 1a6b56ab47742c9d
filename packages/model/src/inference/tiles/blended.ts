// The levels of an input from those of its tiles. On the host, without TensorFlow.js.
import type { Rect, Size } from '../input.js';
import type { LevelMap } from '../levels.js';
import { sine } from '../maths.js';

interface Sums extends Size {
  /** Of a tile's level. */
  readonly own: Size;
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Weight of each of `count` cells along a tile's side: sin², which falls to nearly nothing at its ends, where a network has seen the
 * surroundings on one side only.
 */
export const tileWeights = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => sine((Math.PI * (i + 0.5)) / count) ** 2);

/**
 * Blends the levels of tiles into levels of the whole input: each cell is the mean of those of the tiles over it, weighted by
 * `tileWeights` along both sides, so there is no seam, and tiles that agree give what each gives. Cells under one tile keep its value. What makes a map of
 * levels then makes one of the whole input, smoothed across the tiles.
 */
export class BlendedLevels {
  #levels: Sums[] | undefined;

  /** @param input and `tile`: sizes in pixels */
  constructor(
    private readonly input: Size,
    private readonly tile: Size,
  ) {}

  /** Adds a tile. Throws a RangeError for levels whose cells do not lie on the input's grid. */
  add(levels: readonly LevelMap[], { left, top }: Pick<Rect, 'left' | 'top'>): void {
    this.#levels ??= levels.map((level) => this.#begin(level));
    if (levels.length !== this.#levels.length)
      throw new RangeError(
        `tiles: expected ${this.#levels.length} levels of each tile, found ${levels.length}`,
      );
    for (const [l, level] of levels.entries()) {
      const sums: Sums = this.#levels[l]!;
      const { height, width } = sums.own;
      if (level.height !== height || level.width !== width)
        throw new RangeError(
          `tiles: expected a level of ${height}×${width} cells of each tile, found ${level.height}×${level.width}`,
        );
      const y0 = whole((top * height) / this.tile.height);
      const x0 = whole((left * width) / this.tile.width);
      const [down, across] = [tileWeights(height), tileWeights(width)];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const weight = down[y]! * across[x]!;
          const at = (y0 + y) * sums.width + x0 + x;
          sums.values[at]! += weight * level.data[y * width + x]!;
          sums.weights[at]! += weight;
        }
    }
  }

  /** The levels of the input. Throws an Error where a part of it has no tile. */
  result(): LevelMap[] {
    return (this.#levels ?? []).map(({ height, width, values, weights }) => {
      if (weights.some((weight) => weight === 0))
        throw new Error('tiles: a part of the picture has no tile, so it cannot be judged');
      return { height, width, data: Float32Array.from(values, (value, i) => value / weights[i]!) };
    });
  }

  #begin({ height, width }: LevelMap): Sums {
    const all = {
      height: whole((this.input.height * height) / this.tile.height),
      width: whole((this.input.width * width) / this.tile.width),
    };
    const count = all.height * all.width;
    return {
      ...all,
      own: { height, width },
      values: new Float64Array(count),
      weights: new Float64Array(count),
    };
  }
}

function whole(cells: number): number {
  if (!Number.isInteger(cells))
    throw new RangeError(
      "tiles: the small maps of this method's tiles do not lie on one grid, so they cannot be blended; train it without tiles",
    );
  return cells;
}
