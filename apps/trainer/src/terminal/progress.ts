import { duration, Pace } from '@pyramid-mamba/runs';
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

/**
 * Progress of one piece of long work: on a terminal one line that overwrites itself, elsewhere a plain line every five
 * seconds. `now` returns milliseconds.
 */
export class Progress {
  readonly #pace: Pace;
  #last = -Infinity;
  #width = 0;

  constructor(
    private readonly io: Io,
    /** Units done before, which must not distort the estimate. */
    before = 0,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#pace = new Pace(before, now);
    if (!io.isTTY) this.#last = this.now();
  }

  update(state: ProgressState): void {
    const time = this.now();
    const rest = this.#pace.after(state.done, state.total);
    if (time - this.#last < (this.io.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#last = time;
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
