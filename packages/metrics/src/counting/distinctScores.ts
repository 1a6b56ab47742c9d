import type { Scores } from '../metric.js';
import { sortScores } from './sort.js';

/**
 * The highest distinct scores among any number of them: at most `capacity`, in a buffer of at most twice that. The
 * rest is found by another pass over all scores after {@link below}.
 */
export class DistinctScores {
  /** Scores at or above it are ignored; an earlier round has taken them. */
  private ceiling = Infinity;
  /** Scores below it cannot be among the highest `capacity` any more. */
  private floor = -Infinity;
  private buffer: Scores = new Float32Array(0);
  private length = 0;
  private single = true;

  constructor(private readonly capacity: number) {}

  /** Whether there were more distinct scores below the ceiling than the capacity. */
  get overflowed(): boolean {
    return this.floor > -Infinity;
  }

  /** Must be called before adding scores that float32 cannot represent. */
  widen(): void {
    if (!this.single) return;
    this.single = false;
    this.buffer = Float64Array.from(this.buffer);
  }

  add(score: number): void {
    if (score < this.floor || score >= this.ceiling) return;
    if (this.length === this.buffer.length) this.makeRoom();
    this.buffer[this.length++] = score;
  }

  /** The highest distinct scores, ascending; frees the buffer. */
  take(): Float64Array {
    this.compact();
    const taken = Float64Array.from(this.buffer.subarray(0, this.length));
    this.buffer = this.single ? new Float32Array(0) : new Float64Array(0);
    this.length = 0;
    return taken;
  }

  /** Starts a round that takes the highest scores below `ceiling`. */
  below(ceiling: number): void {
    this.ceiling = ceiling;
    this.floor = -Infinity;
  }

  private makeRoom(): void {
    const limit = 2 * this.capacity;
    if (this.buffer.length === limit) {
      this.compact();
      if (this.length < limit) return;
    }
    const size = Math.min(limit, Math.max(1024, 2 * this.buffer.length));
    const larger = this.single ? new Float32Array(size) : new Float64Array(size);
    larger.set(this.buffer);
    this.buffer = larger;
  }

  /** Sorts, keeps one of each and the highest `capacity` of those. */
  private compact(): void {
    const values = this.buffer.subarray(0, this.length);
    sortScores(values);
    let distinct = 0;
    for (let i = 0; i < values.length; i++) {
      if (distinct === 0 || values[i] !== values[distinct - 1]) values[distinct++] = values[i]!;
    }
    const surplus = Math.max(0, distinct - this.capacity);
    if (surplus > 0) {
      values.copyWithin(0, surplus, distinct);
      this.floor = values[0]!;
    }
    this.length = distinct - surplus;
  }
}
