import type { OrderedScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { keptOrders, ordersOfRegions, regionOfPixels } from '../../../scan/orders.js';
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
  { grids, weights, deltaSoftplus, ...geometry }: OrderedScanAttrs,
  visit: (view: ScanView, order: Int32Array, weight: number) => void,
): void {
  const orders = keptOrders(s.height, s.width, geometry);
  const regions = grids.map((grid) => regionOfPixels(s.height, s.width, grid));
  for (let b = 0; b < s.batch; b++)
    for (const [k, order] of orders.entries()) {
      const view = pyramidScanView(s, b, k, deltaSoftplus);
      regions.forEach((region, i) => {
        for (const own of ordersOfRegions(order, region)) visit(view, own, weights[i]!);
      });
    }
}

export const orderedScan: Kernel<CpuBackend, 'orderedScan'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const y = new Float64Array(s.batch * s.height * s.width * s.channels);
  forEachScan(s, attrs, (view, order, weight) => {
    scanSequence(view, arrays, order, weight, y);
  });
  return tensorOf(backend, tensors.u.shape, y);
};

export const orderedScanGrad: Kernel<CpuBackend, 'orderedScanGrad'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const dy = values(backend, tensors.dy);
  const grad = zeroGradients(tensors);
  forEachScan(s, attrs, (view, order, weight) => {
    scanSequenceGrad(view, arrays, order, weight, dy, undefined, grad);
  });
  return gradientTensors(backend, tensors, grad);
};
