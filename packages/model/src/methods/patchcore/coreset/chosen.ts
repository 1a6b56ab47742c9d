import { squaredDistance } from '../distance.js';

/** Rows that are chosen, with which others are compared. */
export interface ChosenRows {
  readonly count: number;
  /** Appends the row of `part` that begins at `at`. */
  add(part: Float32Array, at: number): void;
  /**
   * The least of `least` and the squared distances of a row of `part` to the chosen rows from the one with index `from` on; it ends early below `enough`.
   * `compared` is then the first row that was not compared.
   */
  lowered(part: Float32Array, at: number, from: number, least: number, enough: number): number;
  readonly compared: number;
}

/** For at most `capacity` rows of `dims` values: in WebAssembly where there is one, a quarter of the time; the same bits. */
export async function chosenRows(dims: number, capacity: number): Promise<ChosenRows> {
  // a page loads it with the first bank that it makes
  const { RowList } = await import('@pyramid-mamba/ssm-kernels/host');
  return (await RowList.create(dims, capacity)) ?? new PlainRows(dims, capacity);
}

/** In plain loops: what `RowList` answers to. */
export class PlainRows implements ChosenRows {
  count = 0;
  compared = 0;
  readonly #rows: Float32Array;

  constructor(
    readonly dims: number,
    capacity: number,
  ) {
    this.#rows = new Float32Array(dims * capacity);
  }

  add(part: Float32Array, at: number): void {
    this.#rows.set(part.subarray(at, at + this.dims), this.count++ * this.dims);
  }

  lowered(part: Float32Array, at: number, from: number, least: number, enough: number): number {
    const { dims } = this;
    let i = from;
    for (; i < this.count && least >= enough; i++) {
      const squared = squaredDistance(part, at, this.#rows, i * dims, dims, least);
      if (squared < least) least = squared;
    }
    this.compared = i;
    return least;
  }
}
