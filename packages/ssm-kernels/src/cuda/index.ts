// The scans on NVIDIA GPUs, for Node, without TensorFlow.js: host arrays in and out, or arrays that stay on the device.
export {
  listCudaDevices,
  openCuda,
  type CudaDevice,
  type CudaDeviceInfo,
  type CudaOptions,
} from './device.js';
export { CudaError, type CudaFailure } from './errors.js';
export type { DeviceArray, PinnedArray } from './memory.js';
export type { CudaStream } from './stream.js';
export type { ScanArrays } from './scanPasses.js';
export {
  enqueuePyramidScan,
  enqueuePyramidScanGrad,
  pyramidScan,
  pyramidScanGrad,
  type PyramidScanSettings,
} from './pyramidScan.js';
export {
  enqueueSelectiveScan,
  enqueueSelectiveScanGrad,
  selectiveScan,
  selectiveScanGrad,
  type SelectiveScanSettings,
} from './selectiveScan.js';
