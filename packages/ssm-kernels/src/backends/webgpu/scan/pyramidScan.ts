import { registerKernel } from '@tensorflow/tfjs-core';
import {
  PYRAMID_SCAN,
  PYRAMID_SCAN_GRAD,
  type PyramidScanAttrs,
  type ScanGradTensors,
  type ScanTensors,
} from '../../../kernels/kernelNames.js';
import { pyramidScanSizes } from '../../../scan/views.js';
import type { Backend } from '../device/dispatch.js';
import { scanBackward, scanForward } from './scanKernel.js';
import { scannedMap, type Scan } from '../../../scan/scanned.js';

const scanOf = (tensors: ScanTensors, { grids, weights, deltaSoftplus }: PyramidScanAttrs): Scan =>
  scannedMap(pyramidScanSizes(tensors), grids, weights, deltaSoftplus);

export function registerPyramidScan(): void {
  registerKernel({
    kernelName: PYRAMID_SCAN,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const tensors = inputs as ScanTensors;
      const scan = scanOf(tensors, attrs as unknown as PyramidScanAttrs);
      return scanForward(backend as unknown as Backend, scan, tensors, false)[0]!;
    },
  });
  registerKernel({
    kernelName: PYRAMID_SCAN_GRAD,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const tensors = inputs as ScanGradTensors;
      const scan = scanOf(tensors, attrs as unknown as PyramidScanAttrs);
      return scanBackward(backend as unknown as Backend, scan, tensors);
    },
  });
}
