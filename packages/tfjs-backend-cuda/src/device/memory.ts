// Device memory, and pinned host memory that the device accesses directly.
import { CudaError } from '../driver/errors.js';
import { viewOf } from '../driver/native.js';
import type { Owner } from './owner.js';

/** Bytes of a float32 or int32. */
export const BYTES = 4;

/** An array of 32-bit numbers in device memory. Not garbage-collected: free it, or close its device. */
export class DeviceArray {
  private freed = false;

  /** Made by CudaDevice.allocate. */
  constructor(
    private readonly device: Owner,
    private readonly first: bigint,
    /** Number of values. */
    readonly length: number,
  ) {}

  /** Its address in device memory. */
  get address(): bigint {
    if (this.freed) throw new CudaError('usage', 'cuda: a device array was used after being freed.');
    return this.first;
  }

  /** Frees the memory once the work that may use it is done. Freeing twice does nothing. */
  free(): void {
    if (this.freed) return;
    this.device.release('cuMemFree_v2', this.first, this);
    this.freed = true;
  }
}

/** Pinned host memory: copies from and to it are asynchronous. */
export class PinnedArray {
  private view: Float32Array<ArrayBuffer> | undefined;

  /** Made by CudaDevice.allocatePinned. */
  constructor(
    private readonly device: Owner,
    readonly address: bigint,
    readonly length: number,
  ) {
    this.view = new Float32Array(viewOf(address, BYTES * length), 0, length);
  }

  /** The values. The array must not be used after free(). */
  get values(): Float32Array<ArrayBuffer> {
    if (!this.view) throw new CudaError('usage', 'cuda: a pinned array was used after being freed.');
    return this.view;
  }

  /** Frees the memory. Freeing twice does nothing. */
  free(): void {
    if (!this.view) return;
    this.device.release('cuMemFreeHost', this.address, this);
    this.view = undefined;
  }
}
