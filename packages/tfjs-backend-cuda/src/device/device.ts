import { ATTRIBUTE, Driver, type DriverCall } from '../driver/driver.js';
import { CudaError } from '../driver/errors.js';
import type { CudaDeviceInfo, Gpu } from './gpu.js';
import { kernelImage, type ImageOptions, type KernelTarget } from './kernelImage.js';
import { BYTES, DeviceArray, PinnedArray } from './memory.js';
import type { KernelSource } from './source.js';
import { CudaStream } from './stream.js';

export type { CudaDeviceInfo } from './gpu.js';

export interface CudaOptions extends ImageOptions {
  /** Number of the GPU, as in listCudaDevices. Default 0. */
  device?: number;
  /** Path of the driver's library. Default: where drivers install it. */
  driver?: string;
  /** Maximum scratch memory of one op, in bytes; larger batches are split. Default a quarter of the GPU's memory, at most 1 GiB. */
  scratchBytes?: number;
}

const SCRATCH_BYTES = 2 ** 30;
const NON_BLOCKING = 1;

function describe(driver: Driver, device: number): CudaDeviceInfo {
  const attribute = (number: number): number => driver.integer('cuDeviceGetAttribute', number, device);
  const name = new Uint8Array(256);
  driver.call('cuDeviceGetName', name, name.length, device);
  return {
    device,
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    architecture: 10 * attribute(ATTRIBUTE.major) + attribute(ATTRIBUTE.minor),
    memoryBytes: Number(driver.handle('cuDeviceTotalMem_v2', device)),
    multiprocessors: attribute(ATTRIBUTE.multiprocessors),
    sharedBytes: attribute(ATTRIBUTE.sharedOfMultiprocessor),
    clockKhz: attribute(ATTRIBUTE.clock),
    memoryClockKhz: attribute(ATTRIBUTE.memoryClock),
    memoryBusBits: attribute(ATTRIBUTE.memoryBus),
  };
}

/**
 * The GPUs that the driver finds.
 *
 * @throws CudaError when there is no driver or no GPU
 */
export async function listCudaDevices(options: Pick<CudaOptions, 'driver'> = {}): Promise<CudaDeviceInfo[]> {
  const driver = await Driver.load(options.driver);
  const count = driver.integer('cuDeviceGetCount');
  return Array.from({ length: count }, (_, i) => describe(driver, driver.integer('cuDeviceGet', i)));
}

/**
 * Opens a GPU and loads kernels, which are compiled on first use.
 *
 * @param sources the kernels to load; more can be loaded later, see CudaDevice.loadKernels
 * @throws CudaError in one sentence: no driver, no NVRTC, an unsupported architecture, no such device
 */
export async function openCuda(
  options: CudaOptions = {},
  sources: readonly KernelSource[] = [],
): Promise<CudaDevice> {
  const driver = await Driver.load(options.driver);
  const count = driver.integer('cuDeviceGetCount');
  const ordinal = options.device ?? 0;
  if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal >= count)
    throw new CudaError(
      'usage',
      `cuda: there is no GPU number ${ordinal}; the driver finds ${count}, counted from 0.`,
    );
  const info = describe(driver, driver.integer('cuDeviceGet', ordinal));
  const context = driver.handle('cuDevicePrimaryCtxRetain', info.device);
  const kernelsFor = {
    architecture: info.architecture,
    driverMajor: Math.floor(driver.integer('cuDriverGetVersion') / 1000),
  };
  const load = (source: KernelSource): Promise<LoadedKernels> =>
    loadKernels(driver, context, kernelsFor, source, options);
  let device: CudaDevice;
  try {
    device = new CudaDevice(driver, info, context, kernelsFor.driverMajor, load, options.scratchBytes);
  } catch (error) {
    driver.call('cuDevicePrimaryCtxRelease_v2', info.device);
    throw error;
  }
  try {
    for (const source of sources) await device.loadKernels(source);
  } catch (error) {
    device.close();
    throw error;
  }
  return device;
}

/** Kernels on the device, and their target architecture. */
interface LoadedKernels {
  readonly module: bigint;
  readonly target: string;
}

async function loadKernels(
  driver: Driver,
  context: bigint,
  kernelsFor: KernelTarget,
  source: KernelSource,
  options: ImageOptions,
): Promise<LoadedKernels> {
  const load = async (fresh: boolean): Promise<LoadedKernels> => {
    const { image, target, from } = await kernelImage(kernelsFor, source, options, fresh);
    try {
      // after the wait another device may be current
      driver.call('cuCtxSetCurrent', context);
      return { module: driver.handle('cuModuleLoadData', image), target };
    } catch (error) {
      // perhaps cached for another driver
      if (from === 'cache') return load(true);
      throw error;
    }
  };
  return load(false);
}

/** An NVIDIA GPU with the kernels. Use it only in the thread that opened it. */
export class CudaDevice implements Gpu {
  /** The default stream. */
  readonly stream: CudaStream;
  readonly scratchBytes: number;
  private readonly modules = new Map<KernelSource, { module: bigint; functions: Map<string, bigint> }>();
  private compiledFor: string | undefined;
  private readonly owned = new Set<{ free(): void } | { close(): void }>();
  private readonly constants = new Map<string, { array: DeviceArray }>();
  private closed = false;

  /** Made by openCuda. */
  constructor(
    private readonly driver: Driver,
    readonly info: CudaDeviceInfo,
    private readonly context: bigint,
    /** Newest major version of CUDA that the driver supports. */
    readonly driverMajor: number,
    private readonly load: (source: KernelSource) => Promise<LoadedKernels>,
    scratchBytes?: number,
  ) {
    driver.call('cuCtxSetCurrent', context);
    this.scratchBytes = scratchBytes ?? Math.min(SCRATCH_BYTES, Math.floor(info.memoryBytes / 4));
    this.stream = this.createStream();
  }

  /**
   * What the kernels were compiled for: sm_90, or compute_90 when the driver compiled them from PTX.
   *
   * @throws CudaError 'usage' before any kernels are loaded
   */
  get target(): string {
    if (this.compiledFor === undefined)
      throw new CudaError('usage', 'cuda: no kernels are loaded; await loadKernels() first.');
    return this.compiledFor;
  }

  /** Free and total bytes of device memory. */
  memory(): { free: number; total: number } {
    const total = new BigUint64Array(1);
    const free = this.activate().handle('cuMemGetInfo_v2', total);
    return { free: Number(free), total: Number(total[0]) };
  }

  /**
   * An uninitialised array of 32-bit numbers on the device.
   *
   * @throws CudaError 'memory' when it does not fit
   */
  allocate(length: number): DeviceArray {
    checkCount(length);
    const address = this.activate().allocation('cuMemAlloc_v2', BYTES * length);
    if (address === undefined) {
      const { free, total } = this.memory();
      throw new CudaError(
        'memory',
        `cuda: ${mebibytes(BYTES * length)} could not be allocated on ${this.info.name}, which has ${mebibytes(free)} of ${mebibytes(total)} ` +
          'free; use a smaller batch, or free arrays that are no longer needed.',
      );
    }
    const array = new DeviceArray(this, address, length);
    this.owned.add(array);
    return array;
  }

  /** A copy of the numbers on the device. */
  upload(values: Float32Array | Int32Array): DeviceArray {
    const array = this.allocate(values.length);
    this.stream.upload(values, array);
    this.stream.synchronize();
    return array;
  }

  /** The numbers of a device array, after the work on `stream` so far. */
  async download(array: DeviceArray, stream = this.stream): Promise<Float32Array<ArrayBuffer>> {
    await stream.finished();
    const values = new Float32Array(array.length);
    stream.download(array, values);
    return values;
  }

  /**
   * Pinned host memory, for asynchronous copies.
   *
   * @throws CudaError 'memory' when the system is out of memory
   */
  allocatePinned(length: number): PinnedArray {
    checkCount(length);
    const address = this.activate().allocation('cuMemHostAlloc', BYTES * length, 0);
    if (address === undefined)
      throw new CudaError(
        'memory',
        `cuda: ${mebibytes(BYTES * length)} of pinned host memory could not be allocated; use less of it, or ordinary arrays.`,
      );
    const array = new PinnedArray(this, address, length);
    this.owned.add(array);
    return array;
  }

  createStream(): CudaStream {
    const stream = new CudaStream(this, this.activate().handle('cuStreamCreate', NON_BLOCKING));
    this.owned.add(stream);
    return stream;
  }

  /** Releases everything created on this device. Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    // in reverse order: users of a stream before the stream
    for (const made of [...this.owned].reverse()) {
      if ('free' in made) made.free();
      else made.close();
    }
    const driver = this.activate();
    this.closed = true;
    for (const { module } of this.modules.values()) driver.call('cuModuleUnload', module);
    driver.call('cuDevicePrimaryCtxRelease_v2', this.info.device);
  }

  /** The driver, with this device as the current one. For the classes of this package. */
  activate(): Driver {
    if (this.closed) throw new CudaError('usage', `cuda: ${this.info.name} was used after being closed.`);
    this.driver.call('cuCtxSetCurrent', this.context);
    return this.driver;
  }

  /** Releases the resource of an address or handle. For the classes of this package. */
  release(
    call: Extract<DriverCall, 'cuMemFree_v2' | 'cuMemFreeHost' | 'cuStreamDestroy_v2'>,
    handle: bigint,
    owner: { free(): void } | { close(): void },
  ): void {
    if (!this.owned.delete(owner) || this.closed) return;
    this.activate().call(call, handle);
  }

  /** Closes it with the device. For the classes of this package. */
  own(made: { close(): void }): void {
    this.owned.add(made);
  }

  /** Removes it from the list of things to close. For the classes of this package. */
  disown(made: { close(): void }): void {
    this.owned.delete(made);
  }

  /** Loads the kernels of a source, which are compiled on first use. */
  async loadKernels(source: KernelSource): Promise<void> {
    if (this.modules.has(source)) return;
    const { module, target } = await this.load(source);
    this.modules.set(source, { module, functions: new Map() });
    this.compiledFor ??= target;
  }

  /** A kernel by its name in a loaded source. */
  kernel(name: string, source: KernelSource): bigint {
    const loaded = this.modules.get(source);
    if (loaded === undefined)
      throw new CudaError(
        'usage',
        `cuda: the kernels of ${source.file} are not loaded; await loadKernels() first.`,
      );
    let f = loaded.functions.get(name);
    if (f === undefined) {
      f = this.activate().handle('cuModuleGetFunction', loaded.module, name);
      loaded.functions.set(name, f);
    }
    return f;
  }

  /** Arrays cached on the device by key, since layers repeat at every step. The oldest are evicted when there are many. */
  constant(key: string, most: number, make: () => Int32Array): DeviceArray {
    const found = this.constants.get(key);
    if (found) return found.array;
    const [oldest] = this.constants;
    if (oldest && this.constants.size >= most) {
      this.constants.delete(oldest[0]);
      oldest[1].array.free();
    }
    const array = this.upload(make());
    this.constants.set(key, { array });
    return array;
  }
}

function checkCount(length: number): void {
  if (!Number.isInteger(length) || length < 1)
    throw new CudaError('usage', `cuda: an array must have at least one number, got ${length}.`);
}

function mebibytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
