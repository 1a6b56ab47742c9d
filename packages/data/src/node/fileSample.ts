import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DataError } from '../errors.js';
import { fitMask, fitRgb, modelInput } from '../pixels/fit.js';
import type { GrayImage, RgbImage, Sample } from '../types.js';
import { decodeMask, decodeRgb, readHeader } from './decoding/decode.js';
import { fileReason } from './files.js';

/** A picture in a file, and its masks: none for a good picture, several where each marks one defect. */
export interface PictureRecord {
  id: string;
  className: string;
  /** `good`, or the defect type. */
  defect: string;
  path: string;
  masks: readonly string[];
}

/** The bytes of a file. Throws a DataError if it cannot be read. */
export async function readPicture(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  });
}

interface Size {
  width: number;
  height: number;
}

/** The fault of a mask whose size differs from its picture's, or undefined. */
export function sizeFault(maskPath: string, picture: Size, mask: Size): string | undefined {
  if (picture.width === mask.width && picture.height === mask.height) return undefined;
  return (
    `${maskPath}: the mask must have the size of its picture, ${picture.width}x${picture.height}, ` +
    `but has ${mask.width}x${mask.height}; replace it`
  );
}

function requireSameSize(maskPath: string, picture: Size, mask: Size): void {
  const sentence = sizeFault(maskPath, picture, mask);
  if (sentence !== undefined) throw new DataError(sentence);
}

/**
 * Reads the headers of a picture and of its masks, no pixels. Throws a DataError if one is not a picture or their sizes
 * differ. Pixels can still be damaged: `load` detects that.
 */
export async function checkRecord(record: PictureRecord): Promise<void> {
  const picture = await readHeader(record.path, record.path);
  for (const maskPath of record.masks) {
    requireSameSize(maskPath, picture, await readHeader(maskPath, maskPath));
  }
}

/** The union of a picture's masks at its own size: 1 where any mask marks a defect. */
async function loadMasks(paths: readonly string[], picture: Size): Promise<GrayImage> {
  const { width, height } = picture;
  const union = { width, height, data: new Uint8Array(width * height) };
  for (const path of paths) {
    const mask = await decodeMask(await readPicture(path), path);
    requireSameSize(path, picture, mask);
    for (let i = 0; i < union.data.length; i++) union.data[i]! |= mask.data[i]!;
  }
  return union;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of a picture's size and pixels, in hex: a picture saved again without loss is the same picture. */
export const pixelHashOf = ({ width, height, data }: RgbImage): string =>
  createHash('sha256').update(`${width}x${height} `).update(data).digest('hex');

/** The sample of a picture in a file; the label follows from the defect (`good` is 0). */
export function fileSample(record: PictureRecord): Sample {
  const { id, className, defect, path, masks } = record;
  return {
    id,
    className,
    defect,
    label: defect === 'good' ? 0 : 1,
    ...(defect !== 'good' && masks.length === 0 && { hasMask: false as const }),
    async load(input) {
      const bytes = await readPicture(path);
      const image = await decodeRgb(bytes, path);
      const fitted = fitRgb(image, modelInput(input));
      const { width, height } = fitted;
      const mask =
        masks.length === 0
          ? { width, height, data: new Uint8Array(width * height) }
          : fitMask(await loadMasks(masks, image), modelInput(input));
      return { image: fitted, mask, hash: hashOf(bytes) };
    },
    hash: async () => hashOf(await readPicture(path)),
    pixelHash: async () => pixelHashOf(await decodeRgb(await readPicture(path), path)),
  };
}
