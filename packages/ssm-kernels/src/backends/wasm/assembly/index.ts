// The module's exports. Every pointer is a byte offset into tfjs-backend-wasm's memory; every size is in elements.
export * from './maths/probe';
export { gemm, gemmScratch } from './gemm';
export { im2col, col2im } from './convolution/im2col';
export { copyRows, zero } from './maths/lanes';
export { biasActivation } from './maths/activation';
export { depthwise, depthwiseGradInput, depthwiseGradFilter } from './convolution/depthwise';
export { layerNorm, layerNormGrad } from './normalisation/layerNorm';
export { layerNormGate, layerNormGateGrad } from './normalisation/layerNormGate';
export { depthwiseConvSilu, depthwiseConvSiluGrad } from './convolution/depthwiseConvSilu';
export { instanceNorm, instanceNormGrad } from './normalisation/instanceNorm';
export { batchNormTrain, batchNormTrainGrad } from './normalisation/batchNormTrain';
export { scaledSum } from './scaledSum';
export { scanForward, scanForwardScratch } from './scan/scan';
export { scanBackward, scanBackwardScratch } from './scan/scanGrad';
export { adamStep, sumOfSquares } from './adamStepAll';
export { columnSums } from './normalisation/channelStatistics';
export { leastDistance } from './rowDistance';
