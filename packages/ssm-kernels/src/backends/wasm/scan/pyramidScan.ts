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

/** The scan of one picture in one direction; `weights` is the byte offset of the grids' weights. */
interface DirectionJob {
  readonly job: ScanJob;
  readonly weights: number;
  readonly direction: number;
}

/** Passes `use` each picture and direction with the plan for all grids. */
function withJobs(
  backend: WasmBackend,
  tensors: ScanTensors,
  { grids, weights, deltaSoftplus }: PyramidScanAttrs,
  use: (jobs: readonly DirectionJob[]) => void,
): void {
  const s = pyramidScanSizes(tensors);
  const plans = mapPlans(s.height, s.width, grids, MAX_SEGMENT);
  withPlans(backend, plans, weights, (offsets, weightsOffset) => {
    const jobs: DirectionJob[] = [];
    for (let b = 0; b < s.batch; b++)
      for (let k = 0; k < DIRECTIONS; k++) {
        const view = pyramidScanView(s, b, k, deltaSoftplus);
        const job = { view, plan: plans[k]!, planOffset: offsets[k]!, group: 0 };
        jobs.push({ job, weights: weightsOffset, direction: k });
      }
    use(jobs);
  });
}

export const pyramidScan: Kernel<WasmBackend, 'pyramidScan'> = (backend, tensors, attrs) => {
  const y = output(backend, tensors.u.shape);
  const pointers = pointersOf(backend, tensors);
  withJobs(backend, tensors, attrs, (jobs) =>
    runForward(
      backend,
      pointers,
      pointer(backend, y),
      jobs.map(({ job, weights, direction }) => ({ job, weights, lastState: 0, accumulate: direction > 0 })),
    ),
  );
  return y;
};

export const pyramidScanGrad: Kernel<WasmBackend, 'pyramidScanGrad'> = (backend, tensors, attrs) => {
  const { infos, pointers: gradients } = newGradients(backend, tensors);
  const pointers = pointersOf(backend, tensors);
  withJobs(backend, tensors, attrs, (jobs) => {
    for (const { job, weights } of jobs)
      runBackward(backend, pointers, gradients, pointer(backend, tensors.dy), 0, job, weights);
  });
  return infos;
};
