export { isAuthorsCheckpoint, modelFromAuthors } from './authors.js';
export { readTorchCheckpoint } from './torchCheckpoint.js';
