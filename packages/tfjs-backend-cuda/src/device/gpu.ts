import type { DeviceArray } from './memory.js';
import type { Owner } from './owner.js';
import type { KernelSource } from './source.js';

export interface CudaDeviceInfo {
  readonly device: number;
  readonly name: string;
  /** Compute capability times ten: 75 is 7.5. */
  readonly architecture: number;
  readonly memoryBytes: number;
  readonly multiprocessors: number;
  /** Shared memory of a multiprocessor, in bytes. */
  readonly sharedBytes: number;
  /** Clocks of the multiprocessors and of the memory, in kHz; 0 if the driver does not report them. */
  readonly clockKhz: number;
  readonly memoryClockKhz: number;
  /** Width of the memory bus, in bits. */
  readonly memoryBusBits: number;
}

/** What streams and the passes of an op use of a device. */
export interface Gpu extends Owner {
  readonly info: CudaDeviceInfo;
  /** Maximum scratch memory of one op, in bytes. */
  readonly scratchBytes: number;
  /** An uninitialised array of 32-bit numbers on the device. */
  allocate(length: number): DeviceArray;
  /** A kernel by its name in a loaded source. */
  kernel(name: string, source: KernelSource): bigint;
  /** Arrays cached on the device by key, since layers repeat at every step. The oldest are evicted when there are many. */
  constant(key: string, most: number, make: () => Int32Array): DeviceArray;
}
