import type { PyramidScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { DIRECTIONS, regionsOf, visitingOrder } from '../../../scan/regions.js';
import {
  pyramidScanSizes,
  pyramidScanView,
  type PyramidScanSizes,
  type ScanView,
} from '../../../scan/views.js';
import { scanSequence, scanSequenceGrad } from './scan.js';
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

export const pyramidScan: Kernel<CpuBackend, 'pyramidScan'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const y = new Float64Array(s.batch * s.height * s.width * s.channels);
  forEachScan(s, attrs, (view, order, weight) => {
    scanSequence(view, arrays, order, weight, y);
  });
  return tensorOf(backend, tensors.u.shape, y);
};

export const pyramidScanGrad: Kernel<CpuBackend, 'pyramidScanGrad'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const dy = values(backend, tensors.dy);
  const grad = zeroGradients(tensors);
  forEachScan(s, attrs, (view, order, weight) => {
    scanSequenceGrad(view, arrays, order, weight, dy, undefined, grad);
  });
  return gradientTensors(backend, tensors, grad);
};
