export { pyramidScan, type PyramidScanOptions } from './pyramidScan.js';
export { selectiveScan, selectiveScanWithState, type SelectiveScanOptions } from './selectiveScan.js';
export { DIRECTIONS } from './regions.js';
export { groupedMatMul } from './groupedMatMul.js';
export { layerNorm } from './layerNorm.js';
export { batchNormTrain, type BatchNormTrainResult } from './batchNormTrain.js';
export { instanceNorm, type InstanceNormOptions } from './instanceNorm.js';
export { silu, siluGate } from './silu.js';
export { adamStep, type AdamStepOptions } from './adamStep.js';
