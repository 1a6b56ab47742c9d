export { ahead, taken } from './ahead.js';
export { isBlank } from './blank.js';
export { batches, trainingOrder, type BatchOptions } from './batches.js';
export { csv } from './csv.js';
export { DataError, FileError } from './errors.js';
export { datasetFingerprint } from './fingerprint.js';
export { holdBack, withHeldBack, type HeldBackDataset } from './holdBack.js';
export { binarise, resizeMask } from './mask.js';
export { IMAGENET_MEAN, IMAGENET_STD, normalizeImageNet } from './normalize.js';
export { laid, orderOfWays, pictureWays, type PictureWays } from './orientation.js';
// what a folder's name says needs no file system
export { isIgnored } from './node/layouts/ignored.js';
export {
  goodAndBad,
  namesSplit,
  roleOf,
  type GoodAndBad,
  type Role,
  type Split,
} from './node/layouts/roles.js';
export { seededRandom, shuffle } from './random.js';
export { RESIZE_VERSION, resizeGray, resizeRgb } from './resize.js';
export { sha256Hex } from './sha256.js';
export * from './synthetic/index.js';
export type { Dataset, GrayImage, LoadedSample, RgbImage, Sample } from './types.js';
