import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  SELECTIVE_SCAN,
  SELECTIVE_SCAN_GRAD,
  type ScanGradTensors,
  type ScanTensors,
  type SelectiveScanAttrs,
} from '../../../kernels/kernelNames.js';
import { sequencePlan } from '../../../scan/scanPlan.js';
import { selectiveScanSizes, selectiveScanView } from '../../../scan/views.js';
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

/** Visits each sequence and group of channels; `stateOffset` is the byte offset of the sequence's last state. */
function forEachJob(
  backend: Backend,
  tensors: ScanTensors,
  { deltaSoftplus }: SelectiveScanAttrs,
  visit: (job: ScanJob, weightsOffset: number, stateOffset: number) => void,
): void {
  const s = selectiveScanSizes(tensors);
  const plan = sequencePlan(s.length, MAX_SEGMENT);
  withPlans(backend, [plan], [1], ([planOffset], weightsOffset) => {
    for (let b = 0; b < s.batch; b++)
      for (let group = 0; group < s.groups; group++) {
        const job = { view: selectiveScanView(s, b, deltaSoftplus), plan, planOffset: planOffset!, group };
        visit(job, weightsOffset, 4 * b * s.channels * s.states);
      }
  });
}

export function registerSelectiveScan(register: Register = registerKernel): void {
  register({
    kernelName: SELECTIVE_SCAN,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const tensors = inputs as ScanTensors;
      const s = selectiveScanSizes(tensors);
      const y = output(wasm, tensors.u.shape);
      const last = output(wasm, [s.batch, s.channels, s.states]);
      const pointers = pointersOf(wasm, tensors);
      forEachJob(wasm, tensors, attrs as unknown as SelectiveScanAttrs, (job, weights, stateOffset) => {
        runForward(wasm, pointers, pointer(wasm, y), pointer(wasm, last) + stateOffset, job, weights, false);
      });
      return [y, last];
    },
  });
  register({
    kernelName: SELECTIVE_SCAN_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const tensors = inputs as ScanGradTensors & { dLast: TensorInfo };
      const { infos, pointers: gradients } = zeroGradients(wasm, tensors);
      const pointers = pointersOf(wasm, tensors);
      forEachJob(wasm, tensors, attrs as unknown as SelectiveScanAttrs, (job, weights, stateOffset) => {
        const dLast = pointer(wasm, tensors.dLast) + stateOffset;
        runBackward(wasm, pointers, gradients, pointer(wasm, tensors.dy), dLast, job, weights);
      });
      return infos;
    },
  });
}
