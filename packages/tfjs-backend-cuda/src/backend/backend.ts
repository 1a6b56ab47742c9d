import {
  DataStorage,
  engine,
  KernelBackend,
  util,
  type BackendTimingInfo,
  type BackendValues,
  type DataType,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { Cublas } from '../device/cublas.js';
import type { CudaDevice } from '../device/device.js';
import { CudaError } from '../driver/errors.js';
import type { DeviceArray } from '../device/memory.js';
import { DevicePool, type PooledArray } from './pool.js';
import type { KernelSource } from '../device/source.js';
import { BACKEND } from '../kernels.js';
import { packed, type Fields } from './structs.js';

/** Threads of a block with one value per thread. */
const THREADS = 256;
/** Maximum values of a tensor: kernels index with 32 bits. */
const MOST_NUMBERS = 2 ** 31 - 1;

/** Blocks and threads of a launch. */
export interface Launch {
  readonly grid: readonly [x: number, y?: number, z?: number];
  /** Default 256 threads. */
  readonly block?: readonly [number, number];
  /** Bytes of shared memory per block. Default 0. */
  readonly shared?: number;
  /** The loaded source of the kernel and of its parameter struct. Default: the backend's own. */
  readonly source?: KernelSource;
}

/** A tensor's data: on the host until a kernel uses it, then on the device. */
interface Stored {
  readonly dtype: DataType;
  readonly size: number;
  refCount: number;
  host?: BackendValues | undefined;
  device?: PooledArray | undefined;
}

/** A GPU as a backend of TensorFlow.js: float32, int32 and bool tensors in its memory, 32 bits per value. */
export class CudaBackend extends KernelBackend {
  private readonly stored: DataStorage<Stored>;
  private readonly pool: DevicePool;
  private ids = 0;
  /** If present, computes matrix products. */
  cublas: Cublas | undefined;

  /** @param device opened, with the kernels of BACKEND loaded; the backend closes it when disposed */
  constructor(readonly device: CudaDevice) {
    super();
    this.stored = new DataStorage(this, engine());
    this.pool = new DevicePool(device);
  }

  /** Whether kernels support tensors of this type. */
  static supports(dtype: DataType): boolean {
    return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = { id: this.ids++ };
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (dtype === 'complex64')
      throw new CudaError(
        'usage',
        'cuda: this backend does not support complex numbers; keep the two parts in separate tensors.',
      );
    this.stored.set(dataId, { dtype, size: util.sizeFromShape(shape), refCount, host: values });
  }

  /** A new, uninitialised tensor. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    const size = util.sizeFromShape([...shape]);
    if (size > MOST_NUMBERS)
      throw new CudaError(
        'usage',
        `cuda: a tensor of (${shape.join(', ')}) has more than 2^31 values; use a smaller batch.`,
      );
    const device = size > 0 ? this.pool.take(size) : undefined;
    const dataId = { id: this.ids++ };
    this.stored.set(dataId, {
      dtype,
      size,
      refCount: 1,
      ...(device ? { device } : { host: util.getTypedArrayFromDType(dtype as 'float32', 0) }),
    });
    return { dataId, shape: [...shape], dtype };
  }

  /** The same data under another shape, with one more reference to it. */
  renamed({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** A tensor's data on the device, copied there if needed. */
  array({ dataId }: TensorInfo): DeviceArray {
    const stored = this.stored.get(dataId);
    if (!stored.device) {
      if (!CudaBackend.supports(stored.dtype))
        throw new CudaError('usage', `cuda: kernels support float32, int32 and bool, got ${stored.dtype}.`);
      const values = stored.host as ArrayLike<number>;
      stored.device = this.pool.take(stored.size);
      const numbers =
        stored.dtype === 'float32'
          ? values instanceof Float32Array
            ? values
            : Float32Array.from(values)
          : values instanceof Int32Array
            ? values
            : Int32Array.from(values);
      this.device.stream.upload(numbers, stored.device.array);
      stored.host = undefined;
    }
    return stored.device.array;
  }

  /** Address of a tensor's data on the device. */
  address(tensor: TensorInfo): bigint {
    return util.sizeFromShape(tensor.shape) === 0 ? 0n : this.array(tensor).address;
  }

  /** Passes `use` memory for this many 32-bit values; only work that `use` enqueues may access it. */
  withScratch<T>(length: number, use: (array: DeviceArray) => T): T {
    const scratch = this.pool.take(length);
    try {
      return use(scratch.array);
    } finally {
      scratch.release();
    }
  }

  /** Starts a kernel with its parameter struct. */
  launch(
    kernel: string,
    struct: string,
    { grid, block = [THREADS, 1], shared = 0, source = BACKEND }: Launch,
    fields: Fields,
  ): void {
    const [x, y = 1, z = 1] = grid;
    this.device.stream.launch(
      kernel,
      { grid: [x, y, z], block, shared, source },
      packed(source.sources, struct, fields),
    );
  }

  /** Starts a kernel with one thread per value; nothing if `count` is 0. */
  each(kernel: string, struct: string, count: number, fields: Fields, source = BACKEND): void {
    if (count > 0) this.launch(kernel, struct, { grid: [Math.ceil(count / THREADS)], source }, fields);
  }

  /** For tensor.data(): waits for the GPU without blocking other JavaScript. */
  override async read(dataId: object): Promise<BackendValues> {
    const { dtype, host, device } = this.stored.get(dataId);
    if (host !== undefined || !device) return host!;
    // the tensor may be disposed in the meantime
    device.retain();
    try {
      await this.device.stream.finished();
      return this.download(device.array, dtype);
    } finally {
      device.release();
    }
  }

  override readSync(dataId: object): BackendValues {
    const { dtype, host, device } = this.stored.get(dataId);
    return host ?? this.download(device!.array, dtype);
  }

  override refCount(dataId: object): number {
    return this.stored.has(dataId) ? this.stored.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.stored.get(dataId).refCount++;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.stored.has(dataId)) return true;
    const stored = this.stored.get(dataId);
    stored.refCount--;
    if (!force && stored.refCount > 0) return false;
    stored.device?.release();
    this.stored.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.stored.numDataIds();
  }

  /** numBytesInGPU: bytes of tensors; numBytesInGPUFree: idle bytes of the pool. */
  override memory(): { unreliable: boolean; numBytesInGPU: number; numBytesInGPUFree: number } {
    return { unreliable: false, numBytesInGPU: this.pool.bytesUsed, numBytesInGPUFree: this.pool.bytesIdle };
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(f: () => void): Promise<BackendTimingInfo> {
    return { kernelMs: await this.device.stream.timed(f) };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.device.close();
  }

  private download(array: DeviceArray, dtype: DataType): BackendValues {
    const numbers = dtype === 'float32' ? new Float32Array(array.length) : new Int32Array(array.length);
    this.device.stream.download(array, numbers);
    return dtype === 'bool' ? Uint8Array.from(numbers) : numbers;
  }
}
