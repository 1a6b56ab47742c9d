export { batches, type BatchOptions } from './batches.js';
export { DataError, FileError } from './errors.js';
export { binarise, resizeMask } from './mask.js';
export { IMAGENET_MEAN, IMAGENET_STD, normalizeImageNet } from './normalize.js';
export { seededRandom, shuffle } from './random.js';
export { resizeGray, resizeRgb } from './resize.js';
export * from './synthetic/index.js';
export type { Dataset, GrayImage, LoadedSample, RgbImage, Sample } from './types.js';
