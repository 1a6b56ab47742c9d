import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { Absent, type KernelTable } from '../../../kernels/table.js';
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

/** Why a scan in another geometry than four sweeps does not run there. */
const NO_GATHER = 'the backend cuda has no kernel that gathers pixels';

/** CUDA kernels on the arrays of the backend `cuda`. */
export const cudaKernels = {
  selectiveScan,
  selectiveScanGrad,
  pyramidScan,
  pyramidScanGrad,
  orderedScan: new Absent(NO_GATHER),
  orderedScanGrad: new Absent(NO_GATHER),
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
