export { decodeMask, decodeRgb, readHeader, type PictureHeader } from './decode.js';
export { encodePngGray, encodePngGray16, encodePngRgb, encodeWebp } from './encode.js';
export { fileReason, writeFileAtomic } from './files.js';
export { readMvtec, type MvtecOptions } from './layouts/mvtec.js';
export { mapLimit } from './mapLimit.js';
export { writeDataset } from './writeDataset.js';
