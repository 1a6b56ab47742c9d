// The scans on NVIDIA GPUs, for Node, without TensorFlow.js: host arrays in and out, or arrays that stay on the device.
export {
  listCudaDevices,
  openCuda,
  type CudaDevice,
  type CudaDeviceInfo,
  type CudaOptions,
} from './device/device.js';
export { CudaError, type CudaFailure } from './errors.js';
export type { DeviceArray, PinnedArray } from './device/memory.js';
export type { CudaStream } from './device/stream.js';
export type { ScanArrays } from './scan/scanPasses.js';
export {
  enqueuePyramidScan,
  enqueuePyramidScanGrad,
  pyramidScan,
  pyramidScanGrad,
  type PyramidScanSettings,
} from './scan/pyramidScan.js';
export {
  enqueueSelectiveScan,
  enqueueSelectiveScanGrad,
  selectiveScan,
  selectiveScanGrad,
  type SelectiveScanSettings,
} from './scan/selectiveScan.js';
