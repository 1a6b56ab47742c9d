import type { PyramidScanAttrs, ScanTensors } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { mapPlans, type ScanPlan } from '../../../scan/scanPlan.js';
import { pyramidScanSizes } from '../../../scan/views.js';
import type { WasmBackend } from '../module/module.js';
import { mapScan, mapScanGrad } from './mapScan.js';
import { MAX_SEGMENT } from './scanKernel.js';

function plansOf(tensors: ScanTensors, { grids }: PyramidScanAttrs): ScanPlan[] {
  const { height, width } = pyramidScanSizes(tensors);
  return mapPlans(height, width, grids, MAX_SEGMENT);
}

export const pyramidScan: Kernel<WasmBackend, 'pyramidScan'> = (backend, tensors, attrs) =>
  mapScan(backend, tensors, plansOf(tensors, attrs), attrs);

export const pyramidScanGrad: Kernel<WasmBackend, 'pyramidScanGrad'> = (backend, tensors, attrs) =>
  mapScanGrad(backend, tensors, plansOf(tensors, attrs), attrs);
