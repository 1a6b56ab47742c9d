import type { OrderedScanAttrs, ScanTensors } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { keptOrders } from '../../../scan/orders.js';
import { orderPlan, type ScanPlan } from '../../../scan/scanPlan.js';
import { pyramidScanSizes } from '../../../scan/views.js';
import type { WasmBackend } from '../module/module.js';
import { mapScan, mapScanGrad } from './mapScan.js';
import { MAX_SEGMENT } from './scanKernel.js';

function plansOf(tensors: ScanTensors, { grids, ...geometry }: OrderedScanAttrs): ScanPlan[] {
  const { height, width } = pyramidScanSizes(tensors);
  return keptOrders(height, width, geometry).map((order) =>
    orderPlan(order, [height, width], grids, MAX_SEGMENT),
  );
}

export const orderedScan: Kernel<WasmBackend, 'orderedScan'> = (backend, tensors, attrs) =>
  mapScan(backend, tensors, plansOf(tensors, attrs), attrs);

export const orderedScanGrad: Kernel<WasmBackend, 'orderedScanGrad'> = (backend, tensors, attrs) =>
  mapScanGrad(backend, tensors, plansOf(tensors, attrs), attrs);
