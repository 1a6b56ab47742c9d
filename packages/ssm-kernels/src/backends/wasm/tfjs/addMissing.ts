import { getKernel, registerKernel } from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter } from './conv2dGradients.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwiseGradients.js';

/** Registers kernels of tfjs's ops that tfjs-backend-wasm lacks; a later version that has them keeps its own. */
export function addMissingKernels(): void {
  for (const kernel of [conv2dBackpropFilter, depthwiseBackpropInput, depthwiseBackpropFilter])
    if (!getKernel(kernel.kernelName, kernel.backendName)) registerKernel(kernel);
}
