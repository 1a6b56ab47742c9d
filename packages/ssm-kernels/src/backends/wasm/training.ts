import { registerAdamStepAll } from './adamStepAll.js';
import { registerBatchMatMul } from './replacements/batchMatMul.js';
import { registerConv2dGradients } from './replacements/conv2dGradients.js';
import { registerBatchNormTrain } from './batchNormTrain.js';
import { registerConvolutions } from './replacements/convolutions.js';
import { registerDepthwiseConvSilu } from './depthwiseConvSilu.js';
import { registerDepthwiseGradients } from './replacements/depthwiseGradients.js';
import { registerGroupedMatMul } from './groupedMatMul.js';
import { registerIdentity } from './replacements/identity.js';
import { registerInstanceNorm } from './instanceNorm.js';
import { registerLayerNorm } from './layerNorm.js';
import { registerLayerNormGate } from './layerNormGate.js';
import { registerColumnSums } from './columnSums.js';
import { registerLinear } from './linear.js';
import { registerScaledSum } from './scaledSum.js';
import { registerSilu } from './silu.js';

/** The training kernels other than the scans: our own ops, and kernels that tfjs-backend-wasm lacks or implements slowly. */
export function registerTraining(): void {
  registerBatchMatMul();
  registerGroupedMatMul();
  registerConvolutions();
  registerConv2dGradients();
  registerDepthwiseGradients();
  registerIdentity();
  registerLayerNorm();
  registerBatchNormTrain();
  registerInstanceNorm();
  registerColumnSums();
  registerLinear();
  registerScaledSum();
  registerSilu();
  registerLayerNormGate();
  registerDepthwiseConvSilu();
  registerAdamStepAll();
}
