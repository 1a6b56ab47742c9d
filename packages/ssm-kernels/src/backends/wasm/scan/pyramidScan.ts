import type { ScanTensors, PyramidScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { DIRECTIONS } from '../../../scan/regions.js';
import { mapPlans } from '../../../scan/scanPlan.js';
import { pyramidScanSizes, pyramidScanView } from '../../../scan/views.js';
import { output, pointer, type WasmBackend } from '../module/module.js';
import {
  MAX_SEGMENT,
  pointersOf,
  runBackward,
  runForward,
  withPlans,
  newGradients,
  type ScanJob,
} from './scanKernel.js';

/** Visits each picture and direction with the plan for all grids. */
function forEachJob(
  backend: WasmBackend,
  tensors: ScanTensors,
  { grids, weights, deltaSoftplus }: PyramidScanAttrs,
  visit: (job: ScanJob, weightsOffset: number, direction: number) => void,
): void {
  const s = pyramidScanSizes(tensors);
  const plans = mapPlans(s.height, s.width, grids, MAX_SEGMENT);
  withPlans(backend, plans, weights, (offsets, weightsOffset) => {
    for (let b = 0; b < s.batch; b++)
      for (let k = 0; k < DIRECTIONS; k++) {
        const view = pyramidScanView(s, b, k, deltaSoftplus);
        visit({ view, plan: plans[k]!, planOffset: offsets[k]!, group: 0 }, weightsOffset, k);
      }
  });
}

export const pyramidScan: Kernel<WasmBackend, 'pyramidScan'> = (backend, tensors, attrs) => {
  const y = output(backend, tensors.u.shape);
  const pointers = pointersOf(backend, tensors);
  forEachJob(backend, tensors, attrs, (job, weights, k) => {
    runForward(backend, pointers, pointer(backend, y), 0, job, weights, k > 0);
  });
  return y;
};

export const pyramidScanGrad: Kernel<WasmBackend, 'pyramidScanGrad'> = (backend, tensors, attrs) => {
  const { infos, pointers: gradients } = newGradients(backend, tensors);
  const pointers = pointersOf(backend, tensors);
  forEachJob(backend, tensors, attrs, (job, weights) => {
    runBackward(backend, pointers, gradients, pointer(backend, tensors.dy), 0, job, weights);
  });
  return infos;
};
