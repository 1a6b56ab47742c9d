import { compileKernels } from '../wasm/module/module.js';
import { registerBatchNormTrain } from '../wasm/batchNormTrain.js';
import { registerColumnSums } from '../wasm/columnSums.js';
import { registerInstanceNorm } from '../wasm/instanceNorm.js';
import { registerLayerNorm } from '../wasm/layerNorm.js';
import { registerLayerNormGate } from '../wasm/layerNormGate.js';
import { registerPyramidScan } from '../wasm/scan/pyramidScan.js';
import { registerSelectiveScan } from '../wasm/scan/selectiveScan.js';
import { registerAdamStepAll } from './adamStepAll.js';
import { registerDepthwiseConvSilu } from './depthwiseConvSilu.js';
import { registerExplicitPadding } from './explicitPadding.js';
import { registerGroupedMatMul } from './groupedMatMul.js';
import { registerLinear } from './linear.js';
import { registerPointwise } from './pointwise.js';
import { registerProjectedScan } from './projectedScan.js';
import { registerThroughWasm } from './throughWasm.js';

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
  for (const registerOn of [
    registerSelectiveScan,
    registerPyramidScan,
    registerLayerNorm,
    registerLayerNormGate,
    registerBatchNormTrain,
    registerInstanceNorm,
    registerColumnSums,
  ])
    registerOn(registerThroughWasm);
  registerDepthwiseConvSilu();
  registerExplicitPadding();
  registerGroupedMatMul();
  registerLinear();
  registerPointwise();
  registerProjectedScan();
  registerAdamStepAll();
}
