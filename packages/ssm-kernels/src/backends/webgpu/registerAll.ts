import { registerProjectedScan } from '../composed/projectedScan.js';
import { registerAdamStepAll } from './adamStepAll.js';
import { registerBatchNormTrain } from './batchNormTrain.js';
import { registerColumnSums } from './columnSums.js';
import { registerDepthwiseConvSilu } from './depthwiseConvSilu.js';
import { registerGroupedMatMul } from './groupedMatMul.js';
import { registerInstanceNorm } from './instanceNorm.js';
import { registerLayerNorm } from './layerNorm.js';
import { registerPyramidScan } from './scan/pyramidScan.js';
import { registerSelectiveScan } from './scan/selectiveScan.js';
import { registerLinear } from './linear.js';
import { registerScaledSum } from './scaledSum.js';
import { registerSilu } from './silu.js';

let registered = false;

/** Registers the kernels on the backend `webgpu`, tfjs's own or that of startWebGpu. Calling it again does nothing. */
export function registerWebGpuKernels(): void {
  if (registered) return;
  registered = true;
  registerSelectiveScan();
  registerPyramidScan();
  registerProjectedScan('webgpu');
  registerGroupedMatMul();
  registerDepthwiseConvSilu();
  registerLayerNorm();
  registerBatchNormTrain();
  registerInstanceNorm();
  registerColumnSums();
  registerLinear();
  registerScaledSum();
  registerSilu();
  registerAdamStepAll();
}
