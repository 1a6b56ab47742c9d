// A pool of device memory for tensors, because allocation by the driver is slow.
import type { CudaDevice } from '../device/device.js';
import { CudaError } from '../driver/errors.js';
import { BYTES, DeviceArray } from '../device/memory.js';

/** Sizes are rounded up to a multiple of this many values, large ones to an eighth of the power of two below. */
const STEP = 128;

function roundedUp(length: number): number {
  const step = Math.max(STEP, 2 ** (Math.floor(Math.log2(length)) - 3));
  return Math.ceil(length / step) * step;
}

/** Device memory of a tensor. It returns to the pool when all references are released. */
export class PooledArray {
  private holders = 1;

  /** Made by DevicePool.take. */
  constructor(
    private readonly pool: DevicePool,
    private readonly whole: DeviceArray,
    /** The part that is used. */
    readonly array: DeviceArray,
  ) {}

  retain(): void {
    this.holders++;
  }

  /** The memory may be reused at once: all work runs in order. */
  release(): void {
    if (--this.holders === 0) this.pool.giveBack(this.whole);
  }
}

/** All users of a pool share one stream. */
export class DevicePool {
  private readonly idle = new Map<number, DeviceArray[]>();
  private used = 0;
  private held = 0;

  constructor(private readonly device: CudaDevice) {}

  /** Bytes in use. */
  get bytesUsed(): number {
    return this.used;
  }

  /** Idle bytes, available for reuse. */
  get bytesIdle(): number {
    return this.held - this.used;
  }

  /**
   * Uninitialised memory for this many 32-bit values.
   *
   * @throws CudaError 'memory' when out of memory even after freeing idle buffers
   */
  take(length: number): PooledArray {
    const capacity = roundedUp(Math.max(1, length));
    const whole = this.idle.get(capacity)?.pop() ?? this.allocate(capacity);
    this.used += BYTES * capacity;
    return new PooledArray(this, whole, new DeviceArray(this.device, whole.address, length));
  }

  /** For PooledArray. */
  giveBack(whole: DeviceArray): void {
    this.used -= BYTES * whole.length;
    const list = this.idle.get(whole.length);
    if (list) list.push(whole);
    else this.idle.set(whole.length, [whole]);
  }

  /** Frees idle buffers; the driver waits for work that uses them. */
  freeIdle(): void {
    for (const list of this.idle.values())
      for (const array of list) {
        this.held -= BYTES * array.length;
        array.free();
      }
    this.idle.clear();
  }

  private allocate(capacity: number): DeviceArray {
    let array: DeviceArray;
    try {
      array = this.device.allocate(capacity);
    } catch (error) {
      if (!(error instanceof CudaError) || error.failure !== 'memory' || this.bytesIdle === 0) throw error;
      this.freeIdle();
      array = this.device.allocate(capacity);
    }
    this.held += BYTES * capacity;
    return array;
  }
}
