import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PyramidScanAttrs, ScanGradTensors, ScanTensors } from '../../../kernels/signatures.js';
import type { ScanPlan } from '../../../scan/scanPlan.js';
import { pyramidScanSizes, pyramidScanView } from '../../../scan/views.js';
import { output, pointer, type WasmBackend } from '../module/module.js';
import { newGradients, pointersOf, runBackward, runForward, withPlans, type ScanJob } from './scanKernel.js';

type MapScanAttrs = Pick<PyramidScanAttrs, 'weights' | 'deltaSoftplus'>;

/** Passes `use` the scans of each picture, direction by direction, and the byte offset of the grids' weights. */
function withJobs(
  backend: WasmBackend,
  tensors: ScanTensors,
  plans: readonly ScanPlan[],
  { weights, deltaSoftplus }: MapScanAttrs,
  use: (jobs: readonly ScanJob[], weights: number) => void,
): void {
  const s = pyramidScanSizes(tensors);
  withPlans(backend, plans, weights, (placed, weightsOffset) => {
    const jobs = Array.from({ length: s.batch }, (_, b) =>
      placed.map((plan, k) => ({ ...plan, view: pyramidScanView(s, b, k, deltaSoftplus), group: 0 })),
    );
    use(jobs.flat(), weightsOffset);
  });
}

/** The scan of a map in several directions with all grids at once. @param plans of the directions, whose first writes y and whose others add to it */
export function mapScan(
  backend: WasmBackend,
  tensors: ScanTensors,
  plans: readonly ScanPlan[],
  attrs: MapScanAttrs,
): TensorInfo {
  const y = output(backend, tensors.u.shape);
  const pointers = pointersOf(backend, tensors);
  withJobs(backend, tensors, plans, attrs, (jobs, weights) =>
    runForward(
      backend,
      pointers,
      pointer(backend, y),
      jobs.map((job) => ({ job, weights, lastState: 0, accumulate: job.view.dOffset > 0 })),
    ),
  );
  return y;
}

/** The gradients of mapScan, in SCAN_GRADIENT_ORDER. */
export function mapScanGrad(
  backend: WasmBackend,
  tensors: ScanGradTensors,
  plans: readonly ScanPlan[],
  attrs: MapScanAttrs,
): TensorInfo[] {
  const { infos, pointers: gradients } = newGradients(backend, tensors);
  const pointers = pointersOf(backend, tensors);
  withJobs(backend, tensors, plans, attrs, (jobs, weights) => {
    for (const job of jobs)
      runBackward(backend, pointers, gradients, pointer(backend, tensors.dy), 0, job, weights);
  });
  return infos;
}
