import { kernelsWasmBase64 } from '../backends/wasm/generated/kernels.js';

/** Bytes before the first row: the index that a comparison leaves, and the row that is compared. */
const COMPARED = 0;
const ROW = 16;
const PAGE = 65_536;

type LeastDistance = (
  row: number,
  rows: number,
  from: number,
  to: number,
  dims: number,
  least: number,
  enough: number,
  compared: number,
) => number;

let compiling: Promise<WebAssembly.Module> | undefined;

function compiled(): Promise<WebAssembly.Module> {
  compiling ??= WebAssembly.compile(Uint8Array.from(atob(kernelsWasmBase64), (c) => c.charCodeAt(0)));
  return compiling;
}

/** A list of rows of float32 values with which other rows are compared, in a memory of WebAssembly that is its own. */
export class RowList {
  #count = 0;
  readonly #floats: Float32Array;
  readonly #index: Uint32Array;
  readonly #rows: number;

  private constructor(
    readonly dims: number,
    readonly capacity: number,
    memory: WebAssembly.Memory,
    private readonly least: LeastDistance,
  ) {
    this.#floats = new Float32Array(memory.buffer);
    this.#index = new Uint32Array(memory.buffer);
    this.#rows = firstRow(dims);
  }

  /**
   * An empty list for at most `capacity` rows of `dims` values. Undefined where there is no WebAssembly with SIMD, where a page's content security
   * policy forbids it, or where its memory cannot be had: the caller then computes in plain loops.
   */
  static async create(dims: number, capacity: number): Promise<RowList | undefined> {
    try {
      const module = await compiled();
      const bytes = firstRow(dims) + 4 * dims * capacity;
      const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      return new RowList(dims, capacity, memory, exports['leastDistance'] as LeastDistance);
    } catch {
      return undefined;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Appends the row of `part` that begins at `at`. Throws a RangeError where the list is full. */
  add(part: Float32Array, at: number): void {
    if (this.#count === this.capacity)
      throw new RangeError(`RowList: there is room for ${this.capacity} rows, and they are taken.`);
    this.#floats.set(part.subarray(at, at + this.dims), this.#rows / 4 + this.#count * this.dims);
    this.#count++;
  }

  /**
   * The least of `least` and the squared distances of a row of `part` to the rows of the list from the one with index `from` on, in float64, added in the order of
   * `squaredDistance` of the memory bank; it ends early below `enough`. `compared` is then the first row that was not compared.
   */
  lowered(part: Float32Array, at: number, from: number, least: number, enough: number): number {
    this.#floats.set(part.subarray(at, at + this.dims), ROW / 4);
    return this.least(ROW, this.#rows, from, this.#count, this.dims, least, enough, COMPARED);
  }

  /** Of the last call of `lowered`. */
  get compared(): number {
    return this.#index[COMPARED / 4]!;
  }
}

/** Byte offset of the list, a multiple of 16. */
const firstRow = (dims: number): number => ROW + 16 * Math.ceil(dims / 4);
