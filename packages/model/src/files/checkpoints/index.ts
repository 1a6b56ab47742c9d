export { readWeights } from './readWeights.js';
export { readTorchCheckpoint } from './torchCheckpoint.js';
