import { Identity, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Backend } from '../module/module.js';
import { replaceKernel } from './replaceKernel.js';

/**
 * tfjs-backend-wasm copies on every clone, and tfjs clones each tensor it saves for the backward pass: a thousand copies per
 * training step. Kernels never write to their inputs, so a clone may share memory, as on the other backends.
 */
export function registerIdentity(): void {
  replaceKernel({
    kernelName: Identity,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { dataId, shape, dtype } = inputs['x'] as TensorInfo;
      (backend as Backend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
