// NVIDIA's library of matrix products, where it is installed.
import type { CudaDevice } from './device.js';
import { CudaError } from '../driver/errors.js';
import { cublasCompanions, libraryCandidates } from '../driver/libraries.js';
import { HANDLE, MEMORY, NativeLibrary, type NativeFunction } from '../driver/native.js';
import type { CudaStream } from './stream.js';

const INT = 'int';
const STRIDE = 'int64';

const SIGNATURES = {
  cublasCreate_v2: [MEMORY],
  cublasDestroy_v2: [HANDLE],
  cublasGetVersion_v2: [HANDLE, MEMORY],
  cublasSetStream_v2: [HANDLE, HANDLE],
  // prettier-ignore
  cublasSgemmStridedBatched: [
    HANDLE, INT, INT, INT, INT, INT, MEMORY,
    HANDLE, INT, STRIDE,
    HANDLE, INT, STRIDE, MEMORY,
    HANDLE, INT, STRIDE, INT,
  ],
} as const;

type Call = keyof typeof SIGNATURES;

/** cublasStatus_t values, as in cuBLAS's documentation. */
const STATUS: Readonly<Record<number, string>> = {
  1: 'NOT_INITIALIZED',
  3: 'ALLOC_FAILED',
  7: 'INVALID_VALUE',
  8: 'ARCH_MISMATCH',
  11: 'MAPPING_ERROR',
  13: 'EXECUTION_FAILED',
  14: 'INTERNAL_ERROR',
  15: 'NOT_SUPPORTED',
};
const ALLOC_FAILED = 3;

/** A float32 matrix of a batch in the device's memory as cuBLAS sees it, column-major. Strides are in elements. */
export interface ColumnMajor {
  readonly address: bigint;
  readonly transposed: boolean;
  /** Stride of columns. */
  readonly lead: number;
  /** Stride of the batch's matrices; 0: the same matrix for all. */
  readonly batch: number;
}

/** The product c (rows, cols) = a (rows, terms) · b (terms, cols), added to c if `add`. */
export interface ColumnMajorProduct {
  readonly rows: number;
  readonly cols: number;
  readonly terms: number;
  readonly batches: number;
  readonly a: ColumnMajor;
  readonly b: ColumnMajor;
  readonly c: Omit<ColumnMajor, 'transposed'>;
  readonly add: boolean;
}

/** cuBLAS on a device. Its float32 products use no smaller type and are bit-identical in every run. */
export class Cublas {
  /** For example 13.1.1. */
  readonly version: string;
  private readonly functions: Record<Call, NativeFunction>;
  private readonly handle: bigint;
  // read before a call returns
  private readonly one = Float32Array.of(1);
  private readonly zero = Float32Array.of(0);
  /** Where products were computed last. */
  private stream: CudaStream | undefined;
  private closed = false;

  private constructor(
    private readonly device: CudaDevice,
    private readonly library: NativeLibrary,
  ) {
    try {
      this.functions = Object.fromEntries(
        Object.entries(SIGNATURES).map(([name, args]) => [name, library.get(name, INT, args)]),
      ) as Record<Call, NativeFunction>;
    } catch (error) {
      throw new CudaError(
        'driver',
        `cuda: ${library.path} is not a cuBLAS of CUDA 11 or newer (${(error as Error).message}); install a newer one, or start without (cublas: false).`,
        { cause: error },
      );
    }
    device.activate();
    const handle = new BigUint64Array(1);
    this.call('cublasCreate_v2', handle);
    this.handle = handle[0]!;
    const version = new Int32Array(1);
    this.call('cublasGetVersion_v2', this.handle, version);
    // 130101 is 13.1.1, 11 and older count 11402
    const [number, unit] = version[0]! >= 100_000 ? [version[0]!, 10_000] : [version[0]!, 1000];
    this.version = `${Math.floor(number / unit)}.${Math.floor((number % unit) / 100)}.${number % 100}`;
    device.own(this);
  }

  /**
   * Loads cuBLAS for a device; the device closes it.
   *
   * @param path the library; default: searched for, see libraryCandidates
   * @throws CudaError in one sentence if none is found, or none works here
   */
  static async load(device: CudaDevice, path?: string): Promise<Cublas> {
    const library = await NativeLibrary.first(
      'cuBLAS',
      'driver',
      path ? [path] : libraryCandidates('cublas', device.driverMajor),
      'matrix products use our own kernels; install it with pip install nvidia-cublas-cu12 (nvidia-cublas for CUDA 13)',
      cublasCompanions,
    );
    return new Cublas(device, library);
  }

  get path(): string {
    return this.library.path;
  }

  /**
   * Starts a product on a stream.
   *
   * @throws CudaError in one sentence that names cuBLAS's status
   */
  multiply(stream: CudaStream, { rows, cols, terms, batches, a, b, c, add }: ColumnMajorProduct): void {
    this.device.activate();
    if (stream !== this.stream) {
      this.call('cublasSetStream_v2', this.handle, stream.address);
      this.stream = stream;
    }
    const [alpha, beta] = [this.one, add ? this.one : this.zero];
    // prettier-ignore
    this.call(
      'cublasSgemmStridedBatched', this.handle, Number(a.transposed), Number(b.transposed), rows, cols, terms, alpha,
      a.address, a.lead, a.batch,
      b.address, b.lead, b.batch, beta,
      c.address, c.lead, c.batch, batches,
    );
  }

  /** Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.device.disown(this);
    this.device.activate();
    // ignore its status: a failed GPU has nothing left to release
    this.functions.cublasDestroy_v2(this.handle);
  }

  private call(name: Call, ...args: unknown[]): void {
    const status = this.functions[name](...args);
    if (status === 0) return;
    const what = STATUS[status] ?? `status ${status}`;
    throw status === ALLOC_FAILED
      ? new CudaError(
          'memory',
          `cuda: ${name} of cuBLAS ran out of memory (${what}); use a smaller batch, or free memory of the GPU.`,
        )
      : new CudaError(
          'device',
          `cuda: ${name} of ${this.library.path} failed with ${what}; start without cuBLAS (cublas: false), and report this.`,
        );
  }
}
