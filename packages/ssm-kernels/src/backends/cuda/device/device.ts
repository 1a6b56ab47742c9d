import { ATTRIBUTE, Driver, type DriverCall } from './driver.js';
import { CudaError } from '../errors.js';
import { kernelImage, SCAN, type ImageOptions, type KernelTarget, type Source } from './kernelImage.js';
import { BYTES, DeviceArray, PinnedArray } from './memory.js';
import { CudaStream } from './stream.js';

export interface CudaOptions extends ImageOptions {
  /** Number of the GPU, as in listCudaDevices. Default 0. */
  device?: number;
  /** Path of the driver's library. Default: where drivers install it. */
  driver?: string;
  /** Maximum scratch memory of one op, in bytes; larger batches are split. Default a quarter of the GPU's memory, at most 1 GiB. */
  scratchBytes?: number;
}

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
 * Opens a GPU and loads the kernels, which are compiled on first use.
 *
 * @throws CudaError in one sentence: no driver, no NVRTC, an unsupported architecture, no such device
 */
export async function openCuda(options: CudaOptions = {}): Promise<CudaDevice> {
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
  try {
    driver.call('cuCtxSetCurrent', context);
    const driverMajor = Math.floor(driver.integer('cuDriverGetVersion') / 1000);
    const kernelsFor = { architecture: info.architecture, driverMajor };
    const load = (source: Source): Promise<LoadedKernels> =>
      loadKernels(driver, context, kernelsFor, source, options);
    return new CudaDevice(driver, info, context, driverMajor, load, await load(SCAN), options.scratchBytes);
  } catch (error) {
    driver.call('cuDevicePrimaryCtxRelease_v2', info.device);
    throw error;
  }
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
  source: Source,
  options: ImageOptions,
): Promise<LoadedKernels> {
  const load = async (fresh: boolean): Promise<LoadedKernels> => {
    const { image, target, from } = await kernelImage(kernelsFor, options, fresh, source);
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
export class CudaDevice {
  /** The default stream. */
  readonly stream: CudaStream;
  readonly scratchBytes: number;
  /** What the kernels were compiled for: sm_90, or compute_90 when the driver compiled them from PTX. */
  readonly target: string;
  private readonly modules: Map<Source, bigint>;
  private readonly kernels = new Map<string, bigint>();
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
    private readonly load: (source: Source) => Promise<LoadedKernels>,
    scans: LoadedKernels,
    scratchBytes?: number,
  ) {
    this.target = scans.target;
    this.modules = new Map([[SCAN, scans.module]]);
    this.scratchBytes = scratchBytes ?? Math.min(SCRATCH_BYTES, Math.floor(info.memoryBytes / 4));
    this.stream = this.createStream();
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
    for (const module of this.modules.values()) driver.call('cuModuleUnload', module);
    driver.call('cuDevicePrimaryCtxRelease_v2', this.info.device);
  }

  /** The driver, with this device as the current one. For the classes of this folder. */
  activate(): Driver {
    if (this.closed) throw new CudaError('usage', `cuda: ${this.info.name} was used after being closed.`);
    this.driver.call('cuCtxSetCurrent', this.context);
    return this.driver;
  }

  /** Releases the resource of an address or handle. For the classes of this folder. */
  release(
    call: Extract<DriverCall, 'cuMemFree_v2' | 'cuMemFreeHost' | 'cuStreamDestroy_v2'>,
    handle: bigint,
    owner: { free(): void } | { close(): void },
  ): void {
    if (!this.owned.delete(owner) || this.closed) return;
    this.activate().call(call, handle);
  }

  /** Closes it with the device. For the classes of this folder. */
  own(made: { close(): void }): void {
    this.owned.add(made);
  }

  /** Removes it from the list of things to close. For the classes of this folder. */
  disown(made: { close(): void }): void {
    this.owned.delete(made);
  }

  /** Loads the kernels of a source, which are compiled on first use. The scans' are always loaded. */
  async loadKernels(source: Source): Promise<void> {
    if (this.modules.has(source)) return;
    const { module } = await this.load(source);
    this.modules.set(source, module);
  }

  /** A kernel by its name in a loaded source. For the classes of this folder. */
  kernel(name: string, source: Source = SCAN): bigint {
    const key = `${source} ${name}`;
    let f = this.kernels.get(key);
    if (f === undefined) {
      const module = this.modules.get(source);
      if (module === undefined)
        throw new CudaError(
          'usage',
          `cuda: the kernels of ${source} are not loaded; await loadKernels() first.`,
        );
      f = this.activate().handle('cuModuleGetFunction', module, name);
      this.kernels.set(key, f);
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
