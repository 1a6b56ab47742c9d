import type { ScanTensors, PyramidScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { pyramidScanSizes } from '../../../scan/views.js';
import type { WebGpuBackend } from '../device/dispatch.js';
import { scanBackward, scanForward } from './scanKernel.js';
import { scannedMap, type Scan } from '../../../scan/scanned.js';

const scanOf = (tensors: ScanTensors, { grids, weights, deltaSoftplus }: PyramidScanAttrs): Scan =>
  scannedMap(pyramidScanSizes(tensors), grids, weights, deltaSoftplus);

export const pyramidScan: Kernel<WebGpuBackend, 'pyramidScan'> = (backend, tensors, attrs) => {
  const scan = scanOf(tensors, attrs);
  return scanForward(backend, scan, tensors, false)[0]!;
};

export const pyramidScanGrad: Kernel<WebGpuBackend, 'pyramidScanGrad'> = (backend, tensors, attrs) => {
  const scan = scanOf(tensors, attrs);
  return scanBackward(backend, scan, tensors);
};
