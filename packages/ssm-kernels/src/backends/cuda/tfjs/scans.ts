import type { DeviceArray } from '@pyramid-mamba/tfjs-backend-cuda';
import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { named } from '../../../kernels/named.js';
import { SCAN_GRADIENT_ORDER, type ScanTensors } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { pyramidScanSizes, selectiveScanSizes } from '../../../scan/views.js';
import { enqueuePyramidScan, enqueuePyramidScanGrad } from '../scan/pyramidScan.js';
import type { ScanArrays } from '../scan/scanPasses.js';
import { enqueueSelectiveScan, enqueueSelectiveScanGrad } from '../scan/selectiveScan.js';

function arrays(backend: CudaBackend, tensors: ScanTensors): ScanArrays<DeviceArray> {
  return named(SCAN_GRADIENT_ORDER, (name) => backend.array(tensors[name]));
}

/** A tensor for the gradient of each input. */
function gradients(
  backend: CudaBackend,
  inputs: ScanTensors,
): { tensors: TensorInfo[]; to: ScanArrays<DeviceArray> } {
  const made = named(SCAN_GRADIENT_ORDER, (name) => backend.output(inputs[name].shape));
  return { tensors: SCAN_GRADIENT_ORDER.map((name) => made[name]), to: arrays(backend, made) };
}

export const pyramidScan: Kernel<CudaBackend, 'pyramidScan'> = (backend, inputs, attrs) => {
  const y = backend.output(inputs.u.shape);
  const settings = { ...pyramidScanSizes(inputs), ...attrs };
  enqueuePyramidScan(backend.device.stream, arrays(backend, inputs), backend.array(y), settings);
  return y;
};

export const pyramidScanGrad: Kernel<CudaBackend, 'pyramidScanGrad'> = (backend, inputs, attrs) => {
  const { tensors, to } = gradients(backend, inputs);
  const settings = { ...pyramidScanSizes(inputs), ...attrs };
  const { stream } = backend.device;
  enqueuePyramidScanGrad(stream, arrays(backend, inputs), backend.array(inputs.dy), to, settings);
  return tensors;
};

export const selectiveScan: Kernel<CudaBackend, 'selectiveScan'> = (backend, inputs, attrs) => {
  const sizes = selectiveScanSizes(inputs);
  const y = backend.output(inputs.u.shape);
  const last = backend.output([sizes.batch, sizes.channels, sizes.states]);
  const results = { y: backend.array(y), last: backend.array(last) };
  enqueueSelectiveScan(backend.device.stream, arrays(backend, inputs), results, { ...sizes, ...attrs });
  return [y, last];
};

export const selectiveScanGrad: Kernel<CudaBackend, 'selectiveScanGrad'> = (backend, inputs, attrs) => {
  const { tensors, to } = gradients(backend, inputs);
  const arriving = { dy: backend.array(inputs.dy), dLast: backend.array(inputs.dLast) };
  const settings = { ...selectiveScanSizes(inputs), ...attrs };
  enqueueSelectiveScanGrad(backend.device.stream, arrays(backend, inputs), arriving, to, settings);
  return tensors;
};
