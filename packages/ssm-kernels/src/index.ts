export { pyramidScan, type PyramidScanOptions } from './ops/pyramidScan.js';
export { projectedScan, type ProjectedScanParameters } from './ops/projectedScan.js';
export { selectiveScan, selectiveScanWithState, type SelectiveScanOptions } from './ops/selectiveScan.js';
export { DIRECTIONS } from './scan/regions.js';
export {
  directionOrders,
  ordersOfRegions,
  regionOfPixels,
  SCAN_DIRECTIONS,
  SCAN_ORDERS,
  type ScanDirections,
  type ScanGeometry,
  type ScanOrder,
} from './scan/orders.js';
export { linear, linearParts } from './ops/linear.js';
export { groupedMatMul } from './ops/groupedMatMul.js';
export { layerNorm } from './ops/layerNorm.js';
export { batchNormTrain, type BatchNormTrainResult } from './ops/batchNormTrain.js';
export { instanceNorm, type InstanceNormOptions } from './ops/instanceNorm.js';
export { layerNormGate } from './ops/layerNormGate.js';
export { depthwiseConvSilu } from './ops/depthwiseConvSilu.js';
export { adamStepAll, type AdamStepAllInputs, type AdamStepAllOptions } from './ops/adamStepAll.js';
export { residual, type ResidualOptions } from './ops/residual.js';
export { movingAverage } from './ops/movingAverage.js';
export { EngineError, engineErrorOf } from './errors/engineError.js';
export { WebGpuError, type WebGpuFailure } from './backends/webgpu/device/errors.js';
export { KERNELS_VERSION } from './version.js';
