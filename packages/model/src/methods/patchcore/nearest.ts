/** The k nearest of the rows offered, the lower index first of equal ones; written to the given arrays. */
export class Nearest {
  constructor(
    private readonly k: number,
    private readonly indices: Int32Array,
    private readonly squared: Float64Array,
  ) {
    this.clear();
  }

  clear(): void {
    this.squared.fill(Infinity);
    this.indices.fill(-1);
  }

  get furthest(): number {
    return this.squared[this.k - 1]!;
  }

  offer(index: number, squared: number): void {
    if (!this.#before(squared, index, this.k - 1)) return;
    let at = this.k - 1;
    while (at > 0 && this.#before(squared, index, at - 1)) {
      this.squared[at] = this.squared[at - 1]!;
      this.indices[at] = this.indices[at - 1]!;
      at--;
    }
    this.squared[at] = squared;
    this.indices[at] = index;
  }

  /** The query has no distances. */
  none(): void {
    this.squared.fill(NaN);
    this.indices.fill(0);
  }

  #before(squared: number, index: number, at: number): boolean {
    const other = this.squared[at]!;
    return squared < other || (squared === other && (this.indices[at]! < 0 || index < this.indices[at]!));
  }
}
