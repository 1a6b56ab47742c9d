import { replaceKernel } from '../../../kernels/replaceKernel.js';
import { compileKernels } from '../module/module.js';
import { batchMatMul } from './batchMatMul.js';
import { conv2dBackpropInput } from './conv2dGradients.js';
import { replaceConcat } from './concat.js';
import { replaceConvolutions } from './convolutions.js';
import { identity } from './identity.js';

let replacing: Promise<void> | undefined;

/**
 * Replaces kernels of tfjs-backend-wasm (import that package yourself) by faster ones: matrix products, convolutions, the gradient
 * of a convolution's input, concatenation, splitting and slicing, and clones that share memory. It changes how every model on this backend computes, within float32's
 * rounding. Await it before the first op. Calling it again returns the same promise.
 */
export function replaceWasmKernels(): Promise<void> {
  replacing ??= replaceAll();
  return replacing;
}

async function replaceAll(): Promise<void> {
  await compileKernels();
  for (const kernel of [batchMatMul, conv2dBackpropInput, identity]) replaceKernel(kernel);
  replaceConvolutions();
  replaceConcat();
}
