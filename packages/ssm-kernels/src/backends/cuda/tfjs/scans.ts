import type { TensorInfo } from '@tensorflow/tfjs-core';
import { registerProjectedScan } from '../../composed/projectedScan.js';
import {
  PYRAMID_SCAN,
  PYRAMID_SCAN_GRAD,
  SCAN_GRADIENT_ORDER,
  SELECTIVE_SCAN,
  SELECTIVE_SCAN_GRAD,
  type PyramidScanAttrs,
  type ScanGradTensors,
  type ScanTensors,
  type SelectiveScanAttrs,
} from '../../../kernels/kernelNames.js';
import { pyramidScanSizes, selectiveScanSizes } from '../../../scan/views.js';
import type { DeviceArray } from '../device/memory.js';
import { enqueuePyramidScan, enqueuePyramidScanGrad } from '../scan/pyramidScan.js';
import type { ScanArrays } from '../scan/scanPasses.js';
import { enqueueSelectiveScan, enqueueSelectiveScanGrad } from '../scan/selectiveScan.js';
import type { CudaBackend } from './backend.js';
import { CUDA, kernel } from './kernel.js';

function arrays(backend: CudaBackend, tensors: Readonly<Record<Name, TensorInfo>>): ScanArrays<DeviceArray> {
  const entries = SCAN_GRADIENT_ORDER.map((name) => [name, backend.array(tensors[name]!)]);
  return Object.fromEntries(entries) as ScanArrays<DeviceArray>;
}

type Name = (typeof SCAN_GRADIENT_ORDER)[number];

/** A tensor for the gradient of each input. */
function gradients(
  backend: CudaBackend,
  inputs: ScanTensors,
): { tensors: TensorInfo[]; to: ScanArrays<DeviceArray> } {
  const tensors = SCAN_GRADIENT_ORDER.map((name) => backend.output(inputs[name].shape));
  const named = Object.fromEntries(SCAN_GRADIENT_ORDER.map((name, i) => [name, tensors[i]!]));
  return { tensors, to: arrays(backend, named as Record<Name, TensorInfo>) };
}

export function registerScans(): void {
  kernel<ScanTensors, PyramidScanAttrs>(PYRAMID_SCAN, (backend, inputs, attrs) => {
    const y = backend.output(inputs.u.shape);
    const settings = { ...pyramidScanSizes(inputs), ...attrs };
    enqueuePyramidScan(backend.device.stream, arrays(backend, inputs), backend.array(y), settings);
    return y;
  });
  kernel<ScanGradTensors, PyramidScanAttrs>(PYRAMID_SCAN_GRAD, (backend, inputs, attrs) => {
    const { tensors, to } = gradients(backend, inputs);
    const settings = { ...pyramidScanSizes(inputs), ...attrs };
    const { stream } = backend.device;
    enqueuePyramidScanGrad(stream, arrays(backend, inputs), backend.array(inputs.dy), to, settings);
    return tensors;
  });
  kernel<ScanTensors, SelectiveScanAttrs>(SELECTIVE_SCAN, (backend, inputs, attrs) => {
    const sizes = selectiveScanSizes(inputs);
    const y = backend.output(inputs.u.shape);
    const last = backend.output([sizes.batch, sizes.channels, sizes.states]);
    const results = { y: backend.array(y), last: backend.array(last) };
    enqueueSelectiveScan(backend.device.stream, arrays(backend, inputs), results, { ...sizes, ...attrs });
    return [y, last];
  });
  kernel<ScanGradTensors & { dLast: TensorInfo }, SelectiveScanAttrs>(
    SELECTIVE_SCAN_GRAD,
    (backend, inputs, attrs) => {
      const { tensors, to } = gradients(backend, inputs);
      const arriving = { dy: backend.array(inputs.dy), dLast: backend.array(inputs.dLast) };
      const settings = { ...selectiveScanSizes(inputs), ...attrs };
      enqueueSelectiveScanGrad(backend.device.stream, arrays(backend, inputs), arriving, to, settings);
      return tensors;
    },
  );
  registerProjectedScan(CUDA);
}
