import type { KernelTable } from '../../kernels/table.js';
import { orderedScanOf } from '../composed/orderedScan.js';
import { projectedScanOf } from '../composed/projectedScan.js';
import { adamStepAll } from './adamStepAll.js';
import { batchNormTrain, batchNormTrainGrad } from './batchNormTrain.js';
import { columnSums } from './columnSums.js';
import { depthwiseConvSilu, depthwiseConvSiluGrad } from './depthwiseConvSilu.js';
import { groupedMatMul, groupedMatMulGradW, groupedMatMulGradX } from './groupedMatMul.js';
import { instanceNorm, instanceNormGrad } from './instanceNorm.js';
import { layerNorm, layerNormGate, layerNormGateGrad, layerNormGrad } from './layerNorm.js';
import { linear, linearGradWeight, linearGradX } from './linear.js';
import type { WebGpuBackend } from './device/dispatch.js';
import { scaledSum } from './scaledSum.js';
import { pyramidScan, pyramidScanGrad } from './scan/pyramidScan.js';
import { selectiveScan, selectiveScanGrad } from './scan/selectiveScan.js';

/** WGSL on the device of tfjs-backend-webgpu, and some composed of its own kernels. */
export const webgpuKernels = {
  selectiveScan,
  selectiveScanGrad,
  pyramidScan,
  pyramidScanGrad,
  ...orderedScanOf('webgpu'),
  ...projectedScanOf('webgpu'),
  linear,
  linearGradX,
  linearGradWeight,
  groupedMatMul,
  groupedMatMulGradX,
  groupedMatMulGradW,
  layerNorm,
  layerNormGrad,
  layerNormGate,
  layerNormGateGrad,
  instanceNorm,
  instanceNormGrad,
  batchNormTrain,
  batchNormTrainGrad,
  depthwiseConvSilu,
  depthwiseConvSiluGrad,
  scaledSum,
  columnSums,
  adamStepAll,
} satisfies KernelTable<WebGpuBackend>;
