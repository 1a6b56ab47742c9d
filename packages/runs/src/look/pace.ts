/** The remaining time is estimated from the speed of the last minute: a machine's load changes. */
const WINDOW_MS = 60_000;
/** Speeds within it are kept at this distance. */
const MARK_EVERY_MS = 1_000;

/** The speed of one piece of long work over the last minute. */
export class Pace {
  /** Units done at some times of the last minute, the oldest first. */
  readonly #marks: { time: number; done: number }[];

  /**
   * @param before units done before, which must not distort the estimate
   * @param now returns milliseconds
   */
  constructor(
    before = 0,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#marks = [{ time: this.now(), done: before }];
  }

  /** Notes that `done` units are done. Returns the seconds that the rest of `total` takes; NaN where nothing was done in the last minute. */
  after(done: number, total: number): number {
    const time = this.now();
    const marks = this.#marks;
    if (time - marks.at(-1)!.time >= MARK_EVERY_MS) marks.push({ time, done });
    // the mark before the window is its beginning
    while (marks.length > 1 && time - marks[1]!.time >= WINDOW_MS) marks.shift();
    const { time: from, done: before } = marks[0]!;
    return done > before ? ((time - from) / 1000 / (done - before)) * (total - done) : NaN;
  }
}
