/**
 * Replicas that train as one. All call the same functions in the same order; each waits in them for the others.
 * A replica that fails never arrives: its owner must make the calls of the others reject.
 */
export interface Communicator {
  /** 0 to `size` − 1. */
  readonly rank: number;
  readonly size: number;
  /**
   * What every replica passes, by rank; all of one length. The arrays are valid until the caller's next `barrier`: the memory may
   * be shared.
   */
  allGather(own: Float32Array): Promise<readonly Float32Array[]>;
  /** Resolves once all replicas have called it. */
  barrier(): Promise<void>;
}

/** The only replica. */
export const alone: Communicator = {
  rank: 0,
  size: 1,
  allGather: (own) => Promise.resolve([own]),
  barrier: () => Promise.resolve(),
};

/** One of several threads over shared memory. */
export class ThreadCommunicator implements Communicator {
  readonly size: number;
  readonly #blocks: readonly Float32Array[];

  /**
   * @param blocks one block of shared memory per replica, of the same length in bytes
   * @param meet resolves once all threads have called it, as often as they do
   */
  constructor(
    readonly rank: number,
    blocks: readonly SharedArrayBuffer[],
    private readonly meet: () => Promise<void>,
  ) {
    this.size = blocks.length;
    this.#blocks = blocks.map((block) => new Float32Array(block));
  }

  async allGather(own: Float32Array): Promise<readonly Float32Array[]> {
    const block = this.#blocks[this.rank]!;
    if (own.length !== block.length)
      throw new RangeError(`allGather: expected ${block.length} floats, got ${own.length}`);
    block.set(own);
    await this.meet();
    return this.#blocks;
  }

  barrier(): Promise<void> {
    return this.meet();
  }
}

/** Splits a batch among `count` replicas, in order; the sizes differ by one at most. */
export function shares(indices: readonly number[], count: number): number[][] {
  const first = (rank: number): number => Math.ceil((rank * indices.length) / count);
  return Array.from({ length: count }, (_, rank) => indices.slice(first(rank), first(rank + 1)));
}
