import { registerTable } from '../../kernels/table.js';
import { compileKernels } from '../wasm/module/module.js';
import { replaceExplicitPadding } from './explicitPadding.js';
import { tensorflowKernels } from './table.js';

let registering: Promise<void> | undefined;

/**
 * Registers the kernels on the backend `tensorflow` of `@tensorflow/tfjs-node` or `-gpu`, which you or startTensorflow()
 * import. Await it before the first op. Calling it again returns the same promise.
 */
export function registerTensorflowKernels(): Promise<void> {
  registering ??= register();
  return registering;
}

async function register(): Promise<void> {
  await compileKernels();
  registerTable('tensorflow', tensorflowKernels);
  replaceExplicitPadding();
}
