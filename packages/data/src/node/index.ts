export {
  checkDataset,
  type CheckOptions,
  type CheckReport,
  type ClassSummary,
} from './check/checkDataset.js';
export { decodeMask, decodeRgb, readHeader, type PictureHeader } from './decoding/decode.js';
export type { DetectOptions } from './detectLayout.js';
export {
  encodePngGray,
  encodePngGray16,
  encodePngRgb,
  encodeWebp,
  encodeWebpRgb,
} from './decoding/encode.js';
export type { Fault, FaultKind, Severity } from './faults.js';
export {
  fileReason,
  makeFolder,
  syncFolder,
  temporaryOwner,
  temporaryPath,
  writeFileAtomic,
} from './files.js';
export { fileSample, readPicture, type PictureRecord } from './fileSample.js';
export { LAYOUT_NAMES, type LayoutName } from './layouts/index.js';
export { mapLimit } from './mapLimit.js';
export { openFolder, readMvtec, type OpenedFolder, type OpenOptions } from './openFolder.js';
export { pictureFiles, type FoundPictures } from './pictureFiles.js';
export { decodeText } from './text.js';
export { writeDataset } from './writeDataset.js';
