// The module's exports. Every pointer is a byte offset into tfjs-backend-wasm's memory; every size is in elements.
export * from './probe';
export { gemm, gemmScratch } from './gemm';
export { im2col, col2im } from './im2col';
export { zero } from './lanes';
export { biasActivation } from './activation';
export { depthwise, depthwiseGradInput, depthwiseGradFilter } from './depthwise';
export { layerNorm, layerNormGrad } from './layerNorm';
export { layerNormGate, layerNormGateGrad } from './layerNormGate';
export { depthwiseConvSilu, depthwiseConvSiluGrad } from './depthwiseSilu';
export { instanceNorm, instanceNormGrad } from './instanceNorm';
export { batchNorm, batchNormGrad } from './batchNorm';
export { silu, siluGrad, siluGate, siluGateGrad } from './silu';
export { scaledSum } from './scaledSum';
export { scanForward, scanForwardScratch } from './scan';
export { scanBackward, scanBackwardScratch } from './scanGrad';
export { adamStep, sumOfSquares } from './adam';
export { columnSums } from './channelStatistics';
