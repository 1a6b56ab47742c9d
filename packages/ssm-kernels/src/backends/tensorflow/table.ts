import type { KernelTable } from '../../kernels/table.js';
import { batchNormTrain, batchNormTrainGrad } from '../wasm/batchNormTrain.js';
import { columnSums } from '../wasm/columnSums.js';
import { instanceNorm, instanceNormGrad } from '../wasm/instanceNorm.js';
import { layerNorm, layerNormGrad } from '../wasm/layerNorm.js';
import { layerNormGate, layerNormGateGrad } from '../wasm/layerNormGate.js';
import { orderedScan, orderedScanGrad } from '../wasm/scan/orderedScan.js';
import { pyramidScan, pyramidScanGrad } from '../wasm/scan/pyramidScan.js';
import { selectiveScan, selectiveScanGrad } from '../wasm/scan/selectiveScan.js';
import { adamStepAll } from './adamStepAll.js';
import type { TensorflowBackend } from './backend.js';
import { depthwiseConvSilu, depthwiseConvSiluGrad } from './depthwiseConvSilu.js';
import { groupedMatMul, groupedMatMulGradW, groupedMatMulGradX } from './groupedMatMul.js';
import { linear, linearGradWeight, linearGradX } from './linear.js';
import { projectedScan, projectedScanGrad } from './projectedScan.js';
import { scaledSum } from './scaledSum.js';
import { throughWasm } from './throughWasm.js';

/** Products, convolutions and pointwise ops by libtensorflow, scans and normalisations by the wasm kernels on copies. */
export const tensorflowKernels = {
  selectiveScan: throughWasm(selectiveScan),
  selectiveScanGrad: throughWasm(selectiveScanGrad),
  pyramidScan: throughWasm(pyramidScan),
  pyramidScanGrad: throughWasm(pyramidScanGrad),
  orderedScan: throughWasm(orderedScan),
  orderedScanGrad: throughWasm(orderedScanGrad),
  projectedScan,
  projectedScanGrad,
  linear,
  linearGradX,
  linearGradWeight,
  groupedMatMul,
  groupedMatMulGradX,
  groupedMatMulGradW,
  layerNorm: throughWasm(layerNorm),
  layerNormGrad: throughWasm(layerNormGrad),
  layerNormGate: throughWasm(layerNormGate),
  layerNormGateGrad: throughWasm(layerNormGateGrad),
  instanceNorm: throughWasm(instanceNorm),
  instanceNormGrad: throughWasm(instanceNormGrad),
  batchNormTrain: throughWasm(batchNormTrain),
  batchNormTrainGrad: throughWasm(batchNormTrainGrad),
  depthwiseConvSilu,
  depthwiseConvSiluGrad,
  scaledSum,
  columnSums: throughWasm(columnSums),
  adamStepAll,
} satisfies KernelTable<TensorflowBackend>;
