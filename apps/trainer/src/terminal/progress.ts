import { duration } from '@pyramid-mamba/runs';
import type { Io } from './io.js';

/** The state shown during long work. */
export interface ProgressState {
  /** Units done and total; the remaining time is estimated from them. */
  done: number;
  total: number;
  /** The label, e.g. `training: step 7 of 450`. */
  label: string;
  /** Figures for experts, shown last, in brackets. */
  detail?: string;
}

const LINE_EVERY_MS = 5_000;
const REDRAW_EVERY_MS = 100;
/** The remaining time is estimated from the speed of the last minute: a machine's load changes. */
const WINDOW_MS = 60_000;
/** Speeds within it are kept at this distance. */
const MARK_EVERY_MS = 1_000;

/**
 * Progress of one piece of long work: on a terminal one line that overwrites itself, elsewhere a plain line every five
 * seconds. `now` returns milliseconds.
 */
export class Progress {
  /** Units done at some times of the last minute, the oldest first. */
  readonly #marks: { time: number; done: number }[];
  #last = -Infinity;
  #width = 0;

  constructor(
    private readonly io: Io,
    /** Units done before, which must not distort the estimate. */
    before = 0,
    private readonly now: () => number = () => performance.now(),
  ) {
    const time = this.now();
    this.#marks = [{ time, done: before }];
    if (!io.isTTY) this.#last = time;
  }

  update(state: ProgressState): void {
    const time = this.now();
    this.#mark(time, state.done);
    if (time - this.#last < (this.io.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#last = time;
    const rest = this.#perUnit(time, state.done) * (state.total - state.done);
    const parts = [state.label];
    if (Number.isFinite(rest)) parts.push(`${duration(rest)} left`);
    if (state.detail !== undefined) parts.push(`(${state.detail})`);
    this.#draw(parts.join('  '));
  }

  /** A line that stays, above the one that overwrites itself. */
  line(text: string): void {
    this.clear();
    this.io.out(`${text}\n`);
  }

  /** Removes the updating line; call it when the work ends, also on failure. */
  clear(): void {
    if (this.#width > 0) this.io.out(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }

  #mark(time: number, done: number): void {
    const marks = this.#marks;
    if (time - marks.at(-1)!.time >= MARK_EVERY_MS) marks.push({ time, done });
    // the mark before the window is its beginning
    while (marks.length > 1 && time - marks[1]!.time >= WINDOW_MS) marks.shift();
  }

  /** Seconds per unit over the last minute; NaN where nothing was done in it. */
  #perUnit(time: number, done: number): number {
    const { time: from, done: before } = this.#marks[0]!;
    return done > before ? (time - from) / 1000 / (done - before) : NaN;
  }

  #draw(text: string): void {
    if (!this.io.isTTY) {
      this.io.out(`${text}\n`);
      return;
    }
    const shown = text.slice(0, Math.max(20, this.io.columns - 1));
    this.io.out(`\r${shown.padEnd(this.#width)}`);
    this.#width = shown.length;
  }
}
