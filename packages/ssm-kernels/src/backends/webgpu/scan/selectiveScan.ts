import { registerKernel } from '@tensorflow/tfjs-core';
import {
  SELECTIVE_SCAN,
  SELECTIVE_SCAN_GRAD,
  type ScanGradTensors,
  type ScanTensors,
  type SelectiveScanAttrs,
} from '../../../kernels/kernelNames.js';
import { selectiveScanSizes } from '../../../scan/views.js';
import type { Backend } from '../device/dispatch.js';
import { scanBackward, scanForward } from './scanKernel.js';
import { scannedSequence, type Scan } from '../../../scan/scanned.js';

const scanOf = (tensors: ScanTensors, { deltaSoftplus }: SelectiveScanAttrs): Scan =>
  scannedSequence(selectiveScanSizes(tensors), deltaSoftplus);

export function registerSelectiveScan(): void {
  registerKernel({
    kernelName: SELECTIVE_SCAN,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const tensors = inputs as ScanTensors;
      const scan = scanOf(tensors, attrs as unknown as SelectiveScanAttrs);
      return scanForward(backend as unknown as Backend, scan, tensors, true);
    },
  });
  registerKernel({
    kernelName: SELECTIVE_SCAN_GRAD,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const tensors = inputs as ScanGradTensors;
      const scan = scanOf(tensors, attrs as unknown as SelectiveScanAttrs);
      return scanBackward(backend as unknown as Backend, scan, tensors, inputs['dLast']);
    },
  });
}
