// The used part of the CUDA driver API. Names and numbers are those of CUDA's documentation.
import { CudaError, type CudaFailure } from './errors.js';
import { driverCandidates } from './libraries.js';
import { HANDLE, MEMORY, NativeLibrary, stringAt, type NativeFunction } from './native.js';

const U32 = 'uint32';
const INT = 'int';
const SIZE = 'size_t';

const SIGNATURES = {
  cuInit: [U32],
  cuDriverGetVersion: [MEMORY],
  cuDeviceGetCount: [MEMORY],
  cuDeviceGet: [MEMORY, INT],
  cuDeviceGetName: [MEMORY, INT, INT],
  cuDeviceGetAttribute: [MEMORY, INT, INT],
  cuDeviceTotalMem_v2: [MEMORY, INT],
  cuDevicePrimaryCtxRetain: [MEMORY, INT],
  cuDevicePrimaryCtxRelease_v2: [INT],
  cuCtxSetCurrent: [HANDLE],
  cuMemGetInfo_v2: [MEMORY, MEMORY],
  cuMemAlloc_v2: [MEMORY, SIZE],
  cuMemFree_v2: [HANDLE],
  cuMemHostAlloc: [MEMORY, SIZE, U32],
  cuMemFreeHost: [HANDLE],
  cuMemcpyHtoDAsync_v2: [HANDLE, MEMORY, SIZE, HANDLE],
  cuMemcpyDtoHAsync_v2: [MEMORY, HANDLE, SIZE, HANDLE],
  cuMemcpyDtoDAsync_v2: [HANDLE, HANDLE, SIZE, HANDLE],
  cuModuleLoadData: [MEMORY, MEMORY],
  cuModuleUnload: [HANDLE],
  cuModuleGetFunction: [MEMORY, HANDLE, 'str'],
  cuStreamCreate: [MEMORY, U32],
  cuStreamDestroy_v2: [HANDLE],
  cuStreamSynchronize: [HANDLE],
  cuStreamQuery: [HANDLE],
  cuEventCreate: [MEMORY, U32],
  cuEventRecord: [HANDLE, HANDLE],
  cuEventElapsedTime: [MEMORY, HANDLE, HANDLE],
  cuEventDestroy_v2: [HANDLE],
  cuLaunchKernel: [HANDLE, U32, U32, U32, U32, U32, U32, U32, HANDLE, HANDLE, HANDLE],
  cuGetErrorName: [INT, MEMORY],
} as const;

export type DriverCall = keyof typeof SIGNATURES;

/** CUresult values that are handled. */
const OUT_OF_MEMORY = 2;
const NOT_READY = 600;
const ARCHITECTURE = new Set([209, 218, 220, 221, 222, 223]);
/** Errors after which a context is unusable. */
const STICKY = new Set([214, 700, 702, 710, 714, 715, 716, 717, 718, 719, 999]);

/** Numbers of device attributes. */
export const ATTRIBUTE = {
  clock: 13,
  multiprocessors: 16,
  memoryClock: 36,
  memoryBus: 37,
  major: 75,
  minor: 76,
  sharedOfMultiprocessor: 81,
} as const;

/** A loaded driver. Every call throws a CudaError when it fails. */
export class Driver {
  private readonly functions = new Map<DriverCall, NativeFunction>();

  private constructor(private readonly library: NativeLibrary) {}

  /**
   * Loads and initialises the driver.
   *
   * @param path the library; default: where drivers install it
   * @throws CudaError 'driver' when there is no driver, or no usable GPU
   */
  static async load(path?: string): Promise<Driver> {
    if (!path && process.platform !== 'linux')
      throw new CudaError(
        'driver',
        `cuda: the CUDA kernels run on Linux only, this is ${process.platform}; use the webgpu backend instead.`,
      );
    const library = await NativeLibrary.first(
      "NVIDIA's driver",
      'driver',
      path ? [path] : driverCandidates(),
      'install the driver of your GPU (nvidia-smi must work), or use the webgpu or wasm backend',
    );
    const driver = new Driver(library);
    const result = driver.raw('cuInit', 0);
    if (result !== 0)
      throw new CudaError(
        'driver',
        `cuda: the driver ${library.path} finds no GPU (${driver.nameOf(result)}); check that nvidia-smi lists one and that ` +
          'CUDA_VISIBLE_DEVICES does not hide it.',
      );
    return driver;
  }

  /** @throws CudaError in one sentence that starts with the action */
  call(name: DriverCall, ...args: unknown[]): void {
    const result = this.raw(name, ...args);
    if (result !== 0) throw this.errorOf(name, result);
  }

  /** Whether a stream has finished all its work. */
  isDone(stream: bigint): boolean {
    const result = this.raw('cuStreamQuery', stream);
    if (result !== 0 && result !== NOT_READY) throw this.errorOf('cuStreamQuery', result);
    return result === 0;
  }

  /** The 64-bit number that a call writes to its first argument. */
  handle(name: DriverCall, ...args: unknown[]): bigint {
    const out = new BigUint64Array(1);
    this.call(name, out, ...args);
    return out[0]!;
  }

  /** The 32-bit number that a call writes to its first argument. */
  integer(name: DriverCall, ...args: unknown[]): number {
    const out = new Int32Array(1);
    this.call(name, out, ...args);
    return out[0]!;
  }

  /** As `handle`, or undefined when out of memory. */
  allocation(name: 'cuMemAlloc_v2' | 'cuMemHostAlloc', ...args: unknown[]): bigint | undefined {
    const out = new BigUint64Array(1);
    const result = this.raw(name, out, ...args);
    if (result === OUT_OF_MEMORY) return undefined;
    if (result !== 0) throw this.errorOf(name, result);
    return out[0]!;
  }

  private raw(name: DriverCall, ...args: unknown[]): number {
    let f = this.functions.get(name);
    if (!f) {
      try {
        f = this.library.get(name, 'int', SIGNATURES[name]);
      } catch (error) {
        throw new CudaError(
          'driver',
          `cuda: ${this.library.path} has no function ${name}: it is not a CUDA driver, or older than CUDA 11; update the driver.`,
          { cause: error },
        );
      }
      this.functions.set(name, f);
    }
    return f(...args);
  }

  private errorOf(call: DriverCall, result: number): CudaError {
    const name = this.nameOf(result);
    const [failure, advice]: [CudaFailure, string] = STICKY.has(result)
      ? [
          'device',
          'the GPU cannot be used any more in this process; start again, and report this if it happens again',
        ]
      : ARCHITECTURE.has(result)
        ? ['architecture', 'update the NVIDIA driver, or install an NVRTC that is not newer than the driver']
        : result === OUT_OF_MEMORY
          ? ['memory', 'use a smaller batch, or free memory of the GPU']
          : ['usage', 'please report this'];
    return new CudaError(failure, `cuda: ${call} failed with ${name}; ${advice}.`);
  }

  private nameOf(result: number): string {
    const out = new BigUint64Array(1);
    if (this.raw('cuGetErrorName', result, out) !== 0 || out[0] === 0n) return `error ${result}`;
    return stringAt(out[0]!);
  }
}
