import type { ScanTensors, SelectiveScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { selectiveScanSizes } from '../../../scan/views.js';
import type { WebGpuBackend } from '../device/dispatch.js';
import { scanBackward, scanForward } from './scanKernel.js';
import { scannedSequence, type Scan } from '../../../scan/scanned.js';

const scanOf = (tensors: ScanTensors, { deltaSoftplus }: SelectiveScanAttrs): Scan =>
  scannedSequence(selectiveScanSizes(tensors), deltaSoftplus);

export const selectiveScan: Kernel<WebGpuBackend, 'selectiveScan'> = (backend, tensors, attrs) => {
  const scan = scanOf(tensors, attrs);
  return scanForward(backend, scan, tensors, true);
};

export const selectiveScanGrad: Kernel<WebGpuBackend, 'selectiveScanGrad'> = (backend, inputs, attrs) => {
  const tensors = inputs;
  const scan = scanOf(tensors, attrs);
  return scanBackward(backend, scan, tensors, inputs['dLast']);
};
