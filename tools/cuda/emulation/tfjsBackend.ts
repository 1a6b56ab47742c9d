// TensorFlow.js with the scans on the emulated GPU and every other op on the cpu backend, so that the suites of the other backends,
// and whole modules of the network, run through the CUDA binding and kernels.
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  copyRegisteredKernels,
  registerBackend,
  registerKernel,
  unregisterKernel,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { values, type CpuBackend } from '../../../packages/ssm-kernels/src/cpu/tensors.js';
import type { CudaDevice } from '../../../packages/ssm-kernels/src/cuda/device.js';
import type { DeviceArray } from '../../../packages/ssm-kernels/src/cuda/memory.js';
import {
  enqueuePyramidScan,
  enqueuePyramidScanGrad,
} from '../../../packages/ssm-kernels/src/cuda/pyramidScan.js';
import {
  enqueueSelectiveScan,
  enqueueSelectiveScanGrad,
} from '../../../packages/ssm-kernels/src/cuda/selectiveScan.js';
import type { ScanArrays } from '../../../packages/ssm-kernels/src/cuda/scanPasses.js';
import {
  PYRAMID_SCAN,
  PYRAMID_SCAN_GRAD,
  SCAN_GRADIENT_ORDER,
  SELECTIVE_SCAN,
  SELECTIVE_SCAN_GRAD,
  type PyramidScanAttrs,
  type ScanTensors,
  type SelectiveScanAttrs,
} from '../../../packages/ssm-kernels/src/kernelNames.js';
import { pyramidScanSizes, selectiveScanSizes } from '../../../packages/ssm-kernels/src/views.js';

export const BACKEND = 'cuda-emulation';

/** Tensors on their way through a device array and back, within one call of a kernel. */
class Trip {
  private readonly made: DeviceArray[] = [];

  constructor(
    readonly device: CudaDevice,
    private readonly backend: CpuBackend,
  ) {}

  to(tensor: TensorInfo): DeviceArray {
    const array = this.device.upload(Float32Array.from(values(this.backend, tensor)));
    this.made.push(array);
    return array;
  }

  inputs(tensors: ScanTensors): ScanArrays<DeviceArray> {
    const entries = SCAN_GRADIENT_ORDER.map((name) => [name, this.to(tensors[name])]);
    return Object.fromEntries(entries) as ScanArrays<DeviceArray>;
  }

  room(shape: readonly number[]): DeviceArray {
    const array = this.device.allocate(shape.reduce((product, size) => product * size, 1));
    this.made.push(array);
    return array;
  }

  gradients(tensors: ScanTensors): ScanArrays<DeviceArray> {
    const entries = SCAN_GRADIENT_ORDER.map((name) => [name, this.room(tensors[name].shape)]);
    return Object.fromEntries(entries) as ScanArrays<DeviceArray>;
  }

  back(array: DeviceArray, shape: number[]): TensorInfo {
    const numbers = new Float32Array(array.length);
    this.device.stream.download(array, numbers);
    return this.backend.makeTensorInfo(shape, 'float32', numbers);
  }

  allBack(arrays: ScanArrays<DeviceArray>, tensors: ScanTensors): TensorInfo[] {
    return SCAN_GRADIENT_ORDER.map((name) => this.back(arrays[name]!, tensors[name].shape));
  }

  end(): void {
    for (const array of this.made) array.free();
  }
}

/** Registers the backend; `cpu` and its kernels must be there. Make it the current one with tf.setBackend(BACKEND). */
export function registerEmulatedBackend(device: CudaDevice): void {
  registerBackend(BACKEND, () => new MathBackendCPU());
  copyRegisteredKernels('cpu', BACKEND);
  const replace = (
    kernelName: string,
    run: (
      trip: Trip,
      inputs: ScanTensors & Record<string, TensorInfo>,
      attrs: unknown,
    ) => TensorInfo | TensorInfo[],
  ): void => {
    const kernelFunc: KernelFunc = ({ inputs, backend, attrs }) => {
      const trip = new Trip(device, backend as CpuBackend);
      try {
        return run(trip, inputs as ScanTensors & Record<string, TensorInfo>, attrs);
      } finally {
        trip.end();
      }
    };
    unregisterKernel(kernelName, BACKEND);
    registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  };
  replace(PYRAMID_SCAN, (trip, inputs, attrs) => {
    const y = trip.room(inputs.u.shape);
    const settings = { ...pyramidScanSizes(inputs), ...(attrs as PyramidScanAttrs) };
    enqueuePyramidScan(device.stream, trip.inputs(inputs), y, settings);
    return trip.back(y, inputs.u.shape);
  });
  replace(PYRAMID_SCAN_GRAD, (trip, inputs, attrs) => {
    const gradients = trip.gradients(inputs);
    const settings = { ...pyramidScanSizes(inputs), ...(attrs as PyramidScanAttrs) };
    enqueuePyramidScanGrad(device.stream, trip.inputs(inputs), trip.to(inputs['dy']!), gradients, settings);
    return trip.allBack(gradients, inputs);
  });
  replace(SELECTIVE_SCAN, (trip, inputs, attrs) => {
    const sizes = selectiveScanSizes(inputs);
    const stateShape = [sizes.batch, sizes.channels, sizes.states];
    const [y, last] = [trip.room(inputs.u.shape), trip.room(stateShape)];
    const settings = { ...sizes, ...(attrs as SelectiveScanAttrs) };
    enqueueSelectiveScan(device.stream, trip.inputs(inputs), { y, last }, settings);
    return [trip.back(y, inputs.u.shape), trip.back(last, stateShape)];
  });
  replace(SELECTIVE_SCAN_GRAD, (trip, inputs, attrs) => {
    const gradients = trip.gradients(inputs);
    const arriving = { dy: trip.to(inputs['dy']!), dLast: trip.to(inputs['dLast']!) };
    const settings = { ...selectiveScanSizes(inputs), ...(attrs as SelectiveScanAttrs) };
    enqueueSelectiveScanGrad(device.stream, trip.inputs(inputs), arriving, gradients, settings);
    return trip.allBack(gradients, inputs);
  });
}
