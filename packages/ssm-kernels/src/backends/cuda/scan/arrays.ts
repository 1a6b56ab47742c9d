// Checks arrays against the sizes of an op, and copies host arrays to the device and back.
import {
  type CudaDevice,
  CudaError,
  type CudaStream,
  type DeviceArray,
} from '@pyramid-mamba/tfjs-backend-cuda';
import { SCAN_GRADIENT_ORDER } from '../../../kernels/signatures.js';
import type { ScanArrays } from './scanPasses.js';

/** Axes of an array by letter, in order, with their sizes. */
export type Axes = readonly (readonly [letter: string, size: number])[];

/** Axes of every array of an op. */
export interface ScanAxes extends Record<(typeof SCAN_GRADIENT_ORDER)[number], Axes> {
  /** The state after the last step. */
  readonly last?: Axes;
}

export function elements(axes: Axes): number {
  return axes.reduce((product, [, size]) => product * size, 1);
}

/** @throws CudaError that names the size when it is not an integer of at least 1 */
export function checkSizes(op: string, sizes: object): void {
  for (const [name, size] of Object.entries(sizes) as [string, unknown][])
    if (!Number.isInteger(size) || (size as number) < 1)
      throw new CudaError('usage', `${op}: ${name} must be an integer of at least 1, got ${String(size)}.`);
}

/** @throws CudaError that names the array when its length does not match its axes */
export function checkLength(op: string, name: string, array: { readonly length: number }, axes: Axes): void {
  const wanted = elements(axes);
  if (array.length === wanted) return;
  const [letters, sizes] = [axes.map(([letter]) => letter).join('·'), axes.map(([, size]) => size).join('·')];
  throw new CudaError(
    'usage',
    `${op}: ${name} must have ${letters} = ${sizes} = ${wanted} numbers, got ${array.length}.`,
  );
}

export function checkArrays<T extends { readonly length: number }>(
  op: string,
  arrays: ScanArrays<T>,
  axes: ScanAxes,
  prefix = '',
): void {
  for (const name of SCAN_GRADIENT_ORDER) {
    const array = arrays[name];
    if (array) checkLength(op, prefix + name, array, axes[name]);
    else if (name !== 'D' && name !== 'deltaBias')
      throw new CudaError('usage', `${op}: ${prefix}${name} is missing.`);
  }
}

/** Device arrays for the duration of one call with host arrays. */
export class Visit {
  private readonly arrays: DeviceArray[] = [];

  constructor(
    private readonly device: CudaDevice,
    readonly stream: CudaStream,
  ) {}

  /** Runs `use`, then frees its arrays. */
  static async on<T>(device: CudaDevice, use: (visit: Visit) => Promise<T>): Promise<T> {
    const visit = new Visit(device, device.stream);
    try {
      return await use(visit);
    } finally {
      for (const array of visit.arrays) array.free();
    }
  }

  allocate(axes: Axes): DeviceArray {
    const array = this.device.allocate(elements(axes));
    this.arrays.push(array);
    return array;
  }

  upload(values: Float32Array): DeviceArray {
    const array = this.device.allocate(values.length);
    this.arrays.push(array);
    this.stream.upload(values, array);
    return array;
  }

  uploadAll(inputs: ScanArrays<Float32Array>): ScanArrays<DeviceArray> {
    return mapArrays(inputs, (values) => this.upload(values));
  }

  /** An array for the gradient of each input. */
  gradientsOf(inputs: ScanArrays<Float32Array>, axes: ScanAxes): ScanArrays<DeviceArray> {
    return mapArrays(inputs, (_values, name) => this.allocate(axes[name]));
  }

  download(array: DeviceArray): Promise<Float32Array<ArrayBuffer>> {
    return this.device.download(array, this.stream);
  }

  async downloadAll(arrays: ScanArrays<DeviceArray>): Promise<ScanArrays<Float32Array<ArrayBuffer>>> {
    await this.stream.finished();
    return mapArrays(arrays, (array) => {
      const values = new Float32Array(array.length);
      this.stream.download(array, values);
      return values;
    });
  }
}

function mapArrays<T, R>(
  arrays: ScanArrays<T>,
  make: (array: T, name: (typeof SCAN_GRADIENT_ORDER)[number]) => R,
): ScanArrays<R> {
  const made = SCAN_GRADIENT_ORDER.flatMap((name) => {
    const array = arrays[name];
    return array === undefined ? [] : [[name, make(array, name)] as const];
  });
  return Object.fromEntries(made) as unknown as ScanArrays<R>;
}
