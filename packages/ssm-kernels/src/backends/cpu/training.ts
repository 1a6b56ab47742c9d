import { registerAdamStepAll } from './adamStepAll.js';
import { registerBatchNormTrain } from './batchNormTrain.js';
import { registerDepthwiseConvSilu } from './depthwiseConvSilu.js';
import { registerGroupedMatMul } from './groupedMatMul.js';
import { registerInstanceNorm } from './instanceNorm.js';
import { registerLayerNorm } from './layerNorm.js';
import { registerLayerNormGate } from './layerNormGate.js';
import { registerColumnSums } from './columnSums.js';
import { registerLinear } from './linear.js';
import { registerScaledSum } from './scaledSum.js';
import { registerSilu } from './silu.js';

/** The reference kernels of the training ops other than the scans. */
export function registerTraining(): void {
  registerGroupedMatMul();
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
