import type { ScanTensors, SelectiveScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { sequencePlan } from '../../../scan/scanPlan.js';
import { selectiveScanSizes, selectiveScanView } from '../../../scan/views.js';
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

/** Visits each sequence and group of channels; `stateOffset` is the byte offset of the sequence's last state. */
function forEachJob(
  backend: WasmBackend,
  tensors: ScanTensors,
  { deltaSoftplus }: SelectiveScanAttrs,
  visit: (job: ScanJob, weightsOffset: number, stateOffset: number) => void,
): void {
  const s = selectiveScanSizes(tensors);
  const plan = sequencePlan(s.length, MAX_SEGMENT);
  withPlans(backend, [plan], [1], ([placed], weightsOffset) => {
    for (let b = 0; b < s.batch; b++)
      for (let group = 0; group < s.groups; group++) {
        const job = { ...placed!, view: selectiveScanView(s, b, deltaSoftplus), group };
        visit(job, weightsOffset, 4 * b * s.channels * s.states);
      }
  });
}

export const selectiveScan: Kernel<WasmBackend, 'selectiveScan'> = (backend, tensors, attrs) => {
  const s = selectiveScanSizes(tensors);
  const y = output(backend, tensors.u.shape);
  const last = output(backend, [s.batch, s.channels, s.states]);
  const pointers = pointersOf(backend, tensors);
  forEachJob(backend, tensors, attrs, (job, weights, stateOffset) => {
    const lastState = pointer(backend, last) + stateOffset;
    runForward(backend, pointers, pointer(backend, y), [{ job, weights, lastState, accumulate: false }]);
  });
  return [y, last];
};

export const selectiveScanGrad: Kernel<WasmBackend, 'selectiveScanGrad'> = (backend, tensors, attrs) => {
  const { infos, pointers: gradients } = newGradients(backend, tensors);
  const pointers = pointersOf(backend, tensors);
  forEachJob(backend, tensors, attrs, (job, weights, stateOffset) => {
    const dLast = pointer(backend, tensors.dLast) + stateOffset;
    runBackward(backend, pointers, gradients, pointer(backend, tensors.dy), dLast, job, weights);
  });
  return infos;
};
