import { registerKernel } from '@tensorflow/tfjs-core';
import {
  PYRAMID_SCAN,
  PYRAMID_SCAN_GRAD,
  type PyramidScanAttrs,
  type ScanGradTensors,
  type ScanTensors,
} from '../../../kernels/kernelNames.js';
import { DIRECTIONS } from '../../../scan/regions.js';
import { mapPlans } from '../../../scan/scanPlan.js';
import { pyramidScanSizes, pyramidScanView } from '../../../scan/views.js';
import { output, pointer, type Backend, type Register } from '../module/module.js';
import {
  MAX_SEGMENT,
  pointersOf,
  runBackward,
  runForward,
  withPlans,
  zeroGradients,
  type ScanJob,
} from './scanKernel.js';

/** Visits each picture and direction with the plan for all grids. */
function forEachJob(
  backend: Backend,
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

export function registerPyramidScan(register: Register = registerKernel): void {
  register({
    kernelName: PYRAMID_SCAN,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const tensors = inputs as ScanTensors;
      const y = output(wasm, tensors.u.shape);
      const pointers = pointersOf(wasm, tensors);
      forEachJob(wasm, tensors, attrs as unknown as PyramidScanAttrs, (job, weights, k) => {
        runForward(wasm, pointers, pointer(wasm, y), 0, job, weights, k > 0);
      });
      return y;
    },
  });
  register({
    kernelName: PYRAMID_SCAN_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const tensors = inputs as ScanGradTensors;
      const { infos, pointers: gradients } = zeroGradients(wasm, tensors);
      const pointers = pointersOf(wasm, tensors);
      forEachJob(wasm, tensors, attrs as unknown as PyramidScanAttrs, (job, weights) => {
        runBackward(wasm, pointers, gradients, pointer(wasm, tensors.dy), 0, job, weights);
      });
      return infos;
    },
  });
}
