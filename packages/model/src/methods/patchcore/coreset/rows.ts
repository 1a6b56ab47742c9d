/** Rows of `dims` float32 values that arrive in parts; kept in those parts, since a page cannot allocate one array of any size. */
export class Rows {
  readonly #parts: Float32Array[] = [];
  /** The row after each part's last. */
  readonly #ends: number[] = [];

  constructor(readonly dims: number) {}

  get count(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** @param part whole rows, one after the other; kept, not copied */
  append(part: Float32Array): void {
    if (part.length % this.dims !== 0)
      throw new RangeError(
        `Rows: expected a multiple of ${this.dims} values, the length of a row, found ${part.length}.`,
      );
    this.#parts.push(part);
    this.#ends.push(this.count + part.length / this.dims);
  }

  /** Where row i lies: its part, and the index of its first value there. */
  place(i: number): { part: Float32Array; at: number } {
    const p = this.#partOf(i);
    const first = p === 0 ? 0 : this.#ends[p - 1]!;
    return { part: this.#parts[p]!, at: (i - first) * this.dims };
  }

  /** Copies row i into `out` at `at`. */
  copy(i: number, out: Float32Array, at: number): void {
    const { part, at: from } = this.place(i);
    out.set(part.subarray(from, from + this.dims), at);
  }

  /** The first part that ends after row i, by bisection. */
  #partOf(i: number): number {
    if (!(i >= 0 && i < this.count)) throw new RangeError(`Rows: row ${i} of ${this.count} does not exist.`);
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > i) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
