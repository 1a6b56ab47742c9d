import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DataError } from '../errors.js';
import { resizeMask } from '../mask.js';
import { resizeRgb } from '../resize.js';
import type { Sample } from '../types.js';
import { decodeMask, decodeRgb, readHeader } from './decode.js';
import { fileReason } from './files.js';

/** A picture in a file, and its mask if it is defective. */
export interface PictureRecord {
  id: string;
  className: string;
  defect: string;
  path: string;
  maskPath?: string;
}

async function readPicture(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  });
}

function requireSameSize(
  record: PictureRecord,
  picture: { width: number; height: number },
  mask: { width: number; height: number },
): void {
  if (picture.width !== mask.width || picture.height !== mask.height) {
    throw new DataError(
      `${record.maskPath}: the mask must have the size of its picture, ${picture.width}x${picture.height}, ` +
        `but has ${mask.width}x${mask.height}; replace it`,
    );
  }
}

/**
 * Reads the headers of a picture and of its mask, no pixels. Throws a DataError where one is not a PNG or JPEG or the two
 * differ in size. Pixels can still be damaged: `load` finds that.
 */
export async function checkRecord(record: PictureRecord): Promise<void> {
  const picture = await readHeader(record.path, record.path);
  if (record.maskPath !== undefined) {
    requireSameSize(record, picture, await readHeader(record.maskPath, record.maskPath));
  }
}

/** The sample of a picture in a file; the label follows from the defect (`good` is 0). */
export function fileSample(record: PictureRecord): Sample {
  const { id, className, defect, path, maskPath } = record;
  return {
    id,
    className,
    defect,
    label: defect === 'good' ? 0 : 1,
    async load(size) {
      const image = await decodeRgb(await readPicture(path), path);
      const resized = resizeRgb(image, size, size);
      if (maskPath === undefined) {
        return { image: resized, mask: { width: size, height: size, data: new Uint8Array(size * size) } };
      }
      const mask = await decodeMask(await readPicture(maskPath), maskPath);
      requireSameSize(record, image, mask);
      return { image: resized, mask: resizeMask(mask, size, size) };
    },
    async hash() {
      return createHash('sha256')
        .update(await readPicture(path))
        .digest('hex');
    },
  };
}
