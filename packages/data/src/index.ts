export { ahead, listsOf, taken } from './batches/ahead.js';
export { isBlank } from './pixels/blank.js';
export { batches, trainingOrder, type BatchOptions } from './batches/batches.js';
export { csv } from './csv.js';
export { crop, withPart, type Part } from './pixels/crop.js';
export * from './defects/index.js';
export { DataError, FileError } from './errors.js';
export { datasetFingerprint } from './batches/fingerprint.js';
export { holdBack, withHeldBack, type HeldBackDataset } from './batches/holdBack.js';
export { fitMask, fitRgb, fittedSize, modelInput } from './pixels/fit.js';
export { binarise, resizeMask } from './pixels/mask.js';
export {
  IMAGENET_MEAN,
  IMAGENET_STD,
  normalizeImageNet,
  normalizedPicture,
  type NormalizedPicture,
} from './pixels/normalize.js';
export { laid, orderOfWays, pictureWays, type PictureWays } from './batches/orientation.js';
// what a folder's name says needs no file system
export { isIgnored } from './names/ignored.js';
export { maskedStem } from './names/maskNames.js';
export { defectiveByName, halvesOfPairs, isAnnotationList } from './names/nameRules.js';
export { goodAndBad, namesAnnotations, roleOf, type GoodAndBad, type Role } from './names/roles.js';
export { kindOfName, suffixOf } from './names/suffixes.js';
export { seededRandom, shuffle } from './random.js';
export { RESIZE_VERSION, resizeGray, resizeRgb } from './pixels/resize.js';
export { sha256Hex } from './sha256.js';
export { someOf } from './names/someOf.js';
export * from './synthetic/index.js';
export type { Dataset, Fit, GrayImage, LoadedSample, ModelInput, RgbImage, Sample } from './types.js';
