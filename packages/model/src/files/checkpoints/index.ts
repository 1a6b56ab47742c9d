export { isAuthorsCheckpoint, modelFromAuthors } from './authors.js';
export { readWeights } from './readWeights.js';
export { readTorchCheckpoint } from './torchCheckpoint.js';
