/** Lets so many pieces of work run at the same time; the others wait in their order. */
export class Lanes {
  #free = 1;
  #width = 1;
  readonly #waiting: (() => void)[] = [];

  /** Takes effect as lanes become free. */
  set width(width: number) {
    this.#free += width - this.#width;
    this.#width = width;
    this.#next();
  }

  /** Resolves to what ends the use of a lane. */
  async enter(): Promise<() => void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#next();
    });
    return () => {
      this.#free++;
      this.#next();
    };
  }

  #next(): void {
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free--;
      this.#waiting.shift()!();
    }
  }
}
