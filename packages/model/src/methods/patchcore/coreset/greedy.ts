import { chosenRows, type ChosenRows } from './chosen.js';
import type { Rows } from './rows.js';

/** Milliseconds of work between two pauses, in which the page draws and an interruption is heard. */
const PAUSE_AFTER = 50;
/** Evaluated rows between two looks at the clock. */
const LOOK_EVERY = 256;

/** Rows that a share of the training patches makes: at least one. */
export const coresetCount = (rows: number, share: number): number => Math.max(1, Math.floor(rows * share));

/**
 * The greedy coreset, `greedyReference` to the index. An anchor only falls, so an old one is an upper bound: only the row
 * with the largest is brought up to date, against the rows chosen since it was last, until it is no longer the largest; if
 * it still is, it is the next choice. Rows near an early choice are never compared with the later ones. Memory beside the rows: their
 * chosen ones once more, and 20 bytes per row.
 * @param anchors squared distances to begin with, one per row; changed in place
 * @param onProgress rows chosen so far; may throw to end the choice
 * @param listOf what compares a row with the chosen ones
 */
export async function greedyCoreset(
  rows: Rows,
  count: number,
  anchors: Float64Array,
  onProgress: (chosen: number, total: number) => void | Promise<void> = () => {},
  listOf: (dims: number, capacity: number) => ChosenRows | Promise<ChosenRows> = chosenRows,
): Promise<number[]> {
  const total = Math.min(count, rows.count);
  const heap = new LargestFirst(anchors);
  /** How many of the chosen rows each row was compared with. */
  const compared = new Uint32Array(rows.count);
  const chosen: number[] = [];
  const list = await listOf(rows.dims, total);
  let worked = performance.now();
  for (let looks = 0; chosen.length < total; looks++) {
    const top = heap.top;
    if (!(anchors[top]! > 0)) break;
    if (compared[top] === chosen.length) {
      const { part, at } = rows.place(top);
      list.add(part, at);
      chosen.push(top);
      // its distance to itself
      anchors[top] = 0;
      compared[top] = chosen.length;
    } else compareTop(top);
    heap.lowered();
    if (looks % LOOK_EVERY === 0 && performance.now() - worked > PAUSE_AFTER) {
      await onProgress(chosen.length, total);
      await new Promise((resolve) => setTimeout(resolve));
      worked = performance.now();
    }
  }
  await onProgress(chosen.length, total);
  return chosen;

  function compareTop(top: number): void {
    const { part, at } = rows.place(top);
    anchors[top] = list.lowered(part, at, compared[top]!, anchors[top]!, heap.second);
    compared[top] = list.compared;
  }
}

/** The row with the largest anchor, the first of equal ones: a binary heap of which only the top's anchor changes. */
class LargestFirst {
  readonly #heap: Uint32Array;

  constructor(private readonly anchors: Float64Array) {
    this.#heap = Uint32Array.from(anchors, (_, i) => i);
    for (let i = (anchors.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  get top(): number {
    return this.#heap[0]!;
  }

  /** The second largest anchor; −Infinity where there is one row. */
  get second(): number {
    const [, left, right] = this.#heap;
    return Math.max(
      left === undefined ? -Infinity : this.anchors[left]!,
      right === undefined ? -Infinity : this.anchors[right]!,
    );
  }

  /** To be called once the top's anchor has fallen. */
  lowered(): void {
    this.#sink(0);
  }

  #before(a: number, b: number): boolean {
    const difference = this.anchors[a]! - this.anchors[b]!;
    return difference > 0 || (difference === 0 && a < b);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const item = heap[from]!;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, item)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = item;
  }
}
