import { registerKernel } from '@tensorflow/tfjs-core';
import {
  PYRAMID_SCAN,
  PYRAMID_SCAN_GRAD,
  type PyramidScanAttrs,
  type ScanGradTensors,
  type ScanTensors,
} from '../../../kernels/kernelNames.js';
import { DIRECTIONS, regionsOf, visitingOrder } from '../../../scan/regions.js';
import { pyramidScanSizes, pyramidScanView, type PyramidScanSizes } from '../../../scan/views.js';
import { scanSequence, scanSequenceGrad, type ScanView } from './scan.js';
import { gradientTensors, scanInputs, zeroGradients } from './selectiveScan.js';
import { tensorOf, values, type CpuBackend } from '../tensors.js';

/** Visits every scan of the definition: each picture, direction, grid and sub-region, alone and from a zero state. */
function forEachScan(
  s: PyramidScanSizes,
  { grids, weights, deltaSoftplus }: PyramidScanAttrs,
  visit: (view: ScanView, order: Int32Array, weight: number) => void,
): void {
  for (let b = 0; b < s.batch; b++)
    for (let k = 0; k < DIRECTIONS; k++) {
      const view = pyramidScanView(s, b, k, deltaSoftplus);
      grids.forEach((grid, i) => {
        for (const region of regionsOf(s.height, s.width, grid))
          visit(view, visitingOrder(region, s.width, k), weights[i]!);
      });
    }
}

export function registerPyramidScan(): void {
  registerKernel({
    kernelName: PYRAMID_SCAN,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as CpuBackend;
      const tensors = inputs as ScanTensors;
      const s = pyramidScanSizes(tensors);
      const arrays = scanInputs(cpu, tensors);
      const y = new Float64Array(s.batch * s.height * s.width * s.channels);
      forEachScan(s, attrs as unknown as PyramidScanAttrs, (view, order, weight) => {
        scanSequence(view, arrays, order, weight, y);
      });
      return tensorOf(cpu, tensors.u.shape, y);
    },
  });
  registerKernel({
    kernelName: PYRAMID_SCAN_GRAD,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as CpuBackend;
      const tensors = inputs as ScanGradTensors;
      const s = pyramidScanSizes(tensors);
      const arrays = scanInputs(cpu, tensors);
      const dy = values(cpu, tensors.dy);
      const grad = zeroGradients(tensors);
      forEachScan(s, attrs as unknown as PyramidScanAttrs, (view, order, weight) => {
        scanSequenceGrad(view, arrays, order, weight, dy, undefined, grad);
      });
      return gradientTensors(cpu, tensors, grad);
    },
  });
}
