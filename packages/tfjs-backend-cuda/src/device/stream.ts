import { CudaError } from '../driver/errors.js';
import type { Gpu } from './gpu.js';
import type { KernelSource } from './source.js';
import { BYTES, PinnedArray, type DeviceArray } from './memory.js';
import { nativeBytes } from '../driver/native.js';

/** Blocks and threads of a launch. */
export interface LaunchSize {
  readonly grid: readonly [number, number, number];
  readonly block: readonly [number, number];
  /** Bytes of shared memory per block. */
  readonly shared: number;
  /** The source of the kernel. */
  readonly source: KernelSource;
}

/** Maximum bytes of a kernel's parameter struct. */
const PARAMETER_BYTES = 1024;
/** Time that a wait polls without pause, before it polls every millisecond. */
const EAGER_MS = 2;

type Host = Float32Array | Int32Array | PinnedArray;

/** A queue of work in order. Streams of one device run concurrently. */
export class CudaStream {
  private scratchArray: DeviceArray | undefined;
  // the driver reads a launch's parameters before the call returns, so one buffer serves all
  private readonly parameters = nativeBytes(8 + PARAMETER_BYTES);
  private closed = false;

  /** Made by CudaDevice.createStream. */
  constructor(
    readonly device: Gpu,
    private readonly handle: bigint,
  ) {
    new BigUint64Array(this.parameters.memory, 0, 1)[0] = this.parameters.address + 8n;
  }

  /** The handle for the driver's libraries. For the classes of this package. */
  get address(): bigint {
    return this.open();
  }

  /** Copies to the device. An ordinary array may be changed as soon as this returns, a pinned one once the stream has finished. */
  upload(from: Host, to: DeviceArray): void {
    checkLengths('upload', from, to);
    this.driver().call('cuMemcpyHtoDAsync_v2', to.address, memoryOf(from), BYTES * from.length, this.open());
  }

  /** Copies from the device. An ordinary array is filled when this returns, a pinned one once the stream has finished. */
  download(from: DeviceArray, to: Host): void {
    checkLengths('download', to, from);
    this.driver().call('cuMemcpyDtoHAsync_v2', memoryOf(to), from.address, BYTES * to.length, this.open());
  }

  /** Copies on the device. */
  copy(from: DeviceArray, to: DeviceArray): void {
    if (from.length !== to.length)
      throw new CudaError(
        'usage',
        `cuda: copy: ${from.length} values do not fit into an array of ${to.length}.`,
      );
    this.driver().call('cuMemcpyDtoDAsync_v2', to.address, from.address, BYTES * to.length, this.open());
  }

  /** Starts a kernel with a parameter struct. */
  launch(kernel: string, { grid, block, shared, source }: LaunchSize, parameters: ArrayBuffer): void {
    const driver = this.driver();
    const { address, memory } = this.parameters;
    new Uint8Array(memory, 8).set(new Uint8Array(parameters));
    const f = this.device.kernel(kernel, source);
    driver.call('cuLaunchKernel', f, ...grid, ...block, 1, shared, this.open(), address, 0n);
  }

  /** Resolves when all work so far is done, without blocking other JavaScript. Rejects with a CudaError when it failed. */
  async finished(): Promise<void> {
    const start = performance.now();
    while (!this.driver().isDone(this.open()))
      await new Promise<void>((resolve) => {
        if (performance.now() - start < EAGER_MS) setImmediate(resolve);
        else setTimeout(resolve, 1);
      });
  }

  /** Blocks until all work so far is done. */
  synchronize(): void {
    this.driver().call('cuStreamSynchronize', this.open());
  }

  /** Milliseconds on the device of the work that `work` enqueues on this stream. */
  async timed(work: () => void): Promise<number> {
    const driver = this.driver();
    const events = [driver.handle('cuEventCreate', 0), driver.handle('cuEventCreate', 0)] as const;
    try {
      driver.call('cuEventRecord', events[0], this.open());
      work();
      driver.call('cuEventRecord', events[1], this.open());
      await this.finished();
      const milliseconds = new Float32Array(1);
      this.driver().call('cuEventElapsedTime', milliseconds, ...events);
      return milliseconds[0]!;
    } finally {
      for (const event of events) this.driver().call('cuEventDestroy_v2', event);
    }
  }

  /** Memory for the passes of one op; the next op on this stream reuses it. */
  scratch(length: number): DeviceArray {
    if (!this.scratchArray || this.scratchArray.length < length) {
      this.scratchArray?.free();
      this.scratchArray = undefined;
      this.scratchArray = this.device.allocate(length);
    }
    return this.scratchArray;
  }

  /** Waits for the stream's work and frees its memory. Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    this.scratchArray?.free();
    this.device.release('cuStreamDestroy_v2', this.handle, this);
    this.closed = true;
  }

  private driver(): ReturnType<Gpu['activate']> {
    return this.device.activate();
  }

  private open(): bigint {
    if (this.closed) throw new CudaError('usage', 'cuda: a stream was used after being closed.');
    return this.handle;
  }
}

function memoryOf(host: Host): unknown {
  return host instanceof PinnedArray ? host.values : host;
}

function checkLengths(what: string, host: Host, array: DeviceArray): void {
  if (host.length !== array.length)
    throw new CudaError(
      'usage',
      `cuda: ${what}: the host array has ${host.length} numbers, the device array ${array.length}; the lengths must be equal.`,
    );
}
