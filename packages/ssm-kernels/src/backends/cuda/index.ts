// The scans on NVIDIA GPUs, for Node, without TensorFlow.js: host arrays in and out, or arrays that stay on the device.
export {
  CudaError,
  listCudaDevices,
  type CudaDevice,
  type CudaDeviceInfo,
  type CudaFailure,
  type CudaOptions,
  type CudaStream,
  type DeviceArray,
  type PinnedArray,
} from '@pyramid-mamba/tfjs-backend-cuda';
export { openCuda } from './open.js';
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
