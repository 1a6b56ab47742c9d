import { Identity, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { kernelConfig } from '../../../kernels/table.js';
import type { WasmBackend } from '../module/module.js';

/**
 * tfjs-backend-wasm copies on every clone, and tfjs clones each tensor it saves for the backward pass: a thousand copies per
 * training step. Kernels never write to their inputs, so a clone may share memory, as on the other backends.
 */
export const identity: KernelConfig = kernelConfig<WasmBackend, Record<'x', TensorInfo>, undefined>(
  'wasm',
  Identity,
  (backend, { x: { dataId, shape, dtype } }) => {
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  },
);
