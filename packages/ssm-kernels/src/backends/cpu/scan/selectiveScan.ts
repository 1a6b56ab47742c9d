import { SCAN_GRADIENT_ORDER, type ScanTensors } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { selectiveScanSizes, selectiveScanView } from '../../../scan/views.js';
import { scanSequence, scanSequenceGrad, type ScanGradients, type ScanInputs } from './scan.js';
import { tensorOf, values, type CpuBackend } from '../tensors.js';

/** The scan's inputs as arrays. */
export function scanInputs(backend: CpuBackend, tensors: ScanTensors): ScanInputs {
  return Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name) => [name, values(backend, tensors[name])]),
  ) as unknown as ScanInputs;
}

/** Zeros, one array for each of the scan's inputs. */
export function zeroGradients(tensors: ScanTensors): ScanGradients {
  return Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name) => [name, new Float64Array(util.sizeFromShape(tensors[name].shape))]),
  ) as unknown as ScanGradients;
}

/** The gradients as tensors, in the kernels' order. */
export function gradientTensors(
  backend: CpuBackend,
  tensors: ScanTensors,
  grad: ScanGradients,
): TensorInfo[] {
  return SCAN_GRADIENT_ORDER.map((name) => tensorOf(backend, tensors[name].shape, grad[name]));
}

export const selectiveScan: Kernel<CpuBackend, 'selectiveScan'> = (backend, tensors, { deltaSoftplus }) => {
  const s = selectiveScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const order = Int32Array.from({ length: s.length }, (_, i) => i);
  const y = new Float64Array(s.batch * s.length * s.channels);
  const last = new Float64Array(s.batch * s.channels * s.states);
  for (let b = 0; b < s.batch; b++) {
    const h = scanSequence(selectiveScanView(s, b, deltaSoftplus), arrays, order, 1, y);
    last.set(h, b * s.channels * s.states);
  }
  return [tensorOf(backend, tensors.u.shape, y), tensorOf(backend, [s.batch, s.channels, s.states], last)];
};

export const selectiveScanGrad: Kernel<CpuBackend, 'selectiveScanGrad'> = (
  backend,
  tensors,
  { deltaSoftplus },
) => {
  const s = selectiveScanSizes(tensors);
  const arrays = scanInputs(backend, tensors);
  const dy = values(backend, tensors.dy);
  const dLast = Float64Array.from(values(backend, tensors.dLast));
  const grad = zeroGradients(tensors);
  const order = Int32Array.from({ length: s.length }, (_, i) => i);
  const stateSize = s.channels * s.states;
  for (let b = 0; b < s.batch; b++) {
    const view = selectiveScanView(s, b, deltaSoftplus);
    scanSequenceGrad(view, arrays, order, 1, dy, dLast.subarray(b * stateSize, (b + 1) * stateSize), grad);
  }
  return gradientTensors(backend, tensors, grad);
};
