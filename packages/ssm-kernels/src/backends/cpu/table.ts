import type { KernelTable } from '../../kernels/table.js';
import { projectedScanOf } from '../composed/projectedScan.js';
import { adamStepAll } from './adamStepAll.js';
import { batchNormTrain, batchNormTrainGrad } from './batchNormTrain.js';
import { columnSums } from './columnSums.js';
import { depthwiseConvSilu, depthwiseConvSiluGrad } from './depthwiseConvSilu.js';
import { groupedMatMul, groupedMatMulGradW, groupedMatMulGradX } from './groupedMatMul.js';
import { instanceNorm, instanceNormGrad } from './instanceNorm.js';
import { layerNorm, layerNormGrad } from './layerNorm.js';
import { layerNormGate, layerNormGateGrad } from './layerNormGate.js';
import { linear, linearGradWeight, linearGradX } from './linear.js';
import { scaledSum } from './scaledSum.js';
import { orderedScan, orderedScanGrad } from './scan/orderedScan.js';
import { pyramidScan, pyramidScanGrad } from './scan/pyramidScan.js';
import { selectiveScan, selectiveScanGrad } from './scan/selectiveScan.js';
import type { CpuBackend } from './tensors.js';

/** The reference: plain loops in float64. */
export const cpuKernels = {
  selectiveScan,
  selectiveScanGrad,
  pyramidScan,
  pyramidScanGrad,
  orderedScan,
  orderedScanGrad,
  ...projectedScanOf('cpu'),
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
} satisfies KernelTable<CpuBackend>;
