import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import type { KernelTable } from '../../../kernels/table.js';
import { orderedScanOf } from '../../composed/orderedScan.js';
import { projectedScanOf } from '../../composed/projectedScan.js';
import { adamStepAll } from './adamStepAll.js';
import { batchNormTrain, batchNormTrainGrad } from './batchNormTrain.js';
import { columnSums } from './columnSums.js';
import { depthwiseConvSilu, depthwiseConvSiluGrad } from './depthwiseConvSilu.js';
import { groupedMatMul, groupedMatMulGradW, groupedMatMulGradX } from './groupedMatMul.js';
import { instanceNorm, instanceNormGrad } from './instanceNorm.js';
import { layerNorm, layerNormGate, layerNormGateGrad, layerNormGrad } from './layerNorm.js';
import { linear, linearGradWeight, linearGradX } from './linear.js';
import { scaledSum } from './scaledSum.js';
import { pyramidScan, pyramidScanGrad, selectiveScan, selectiveScanGrad } from './scans.js';

/** CUDA kernels on the arrays of the backend `cuda`, and some composed of its own kernels. */
export const cudaKernels = {
  selectiveScan,
  selectiveScanGrad,
  pyramidScan,
  pyramidScanGrad,
  ...orderedScanOf('cuda'),
  ...projectedScanOf('cuda'),
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
} satisfies KernelTable<CudaBackend>;
