import { createHash } from 'node:crypto';
import { DataError } from '../../errors.js';
import { decodeRgb, readHeader, readMask } from '../decoding/decode.js';
import { fault, type Fault } from '../faults.js';
import { pixelHashOf, readPicture, sizeFault, type PictureRecord } from '../fileSample.js';
import type { ClassRecords } from '../layouts/layout.js';
import { questionMask } from './questionMask.js';
import { thumbnailOf } from './thumbnail.js';

/** The result for one picture. */
export interface Observation {
  record: PictureRecord;
  split: keyof ClassRecords;
  /** SHA-256 of the pixels; of the file, where it cannot be decoded. */
  hash?: string;
  /** See `thumbnailOf`; only where asked for. */
  thumbnail?: Uint8Array | undefined;
  /** `900x900`, if it could be decoded. */
  size?: string;
  /** `RGB, 8 bits`, if it could be decoded. */
  channels?: string;
  faults: Fault[];
}

/** The result of work, or its fault. */
async function attempt<T>(path: string, work: () => Promise<T>): Promise<T | Fault> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataError) return fault('unreadable', path, error.message);
    throw error;
  }
}

const isFault = (value: object): value is Fault => 'severity' in value;

/**
 * Reads a picture and its masks whole, every pixel, and notes what is wrong with them. Keeps no pixels but, with
 * `withThumbnail`, 1 KiB of a good picture.
 */
export async function examine(
  record: PictureRecord,
  split: keyof ClassRecords,
  withThumbnail = false,
): Promise<Observation> {
  const { path, masks } = record;
  const seen: Observation = { record, split, faults: [] };
  const picture = await attempt(path, async () => {
    const bytes = await readPicture(path);
    seen.hash = createHash('sha256').update(bytes).digest('hex');
    const { channels, deep } = await readHeader(bytes, path);
    const image = await decodeRgb(bytes, path);
    const { width, height } = image;
    // of the pixels: a picture saved again in another format is the same picture
    seen.hash = pixelHashOf(image);
    if (withThumbnail && record.defect === 'good') seen.thumbnail = thumbnailOf(image);
    return { width, height, channels: `${channels}, ${deep ? 16 : 8} bits` };
  });
  if (isFault(picture)) seen.faults.push(picture);
  else {
    seen.size = `${picture.width}x${picture.height}`;
    seen.channels = picture.channels;
  }
  let allSound = true;
  let marked = false;
  for (const maskPath of masks) {
    const read = await attempt(maskPath, async () => readMask(await readPicture(maskPath), maskPath));
    const misfit = isFault(read)
      ? read
      : isFault(picture)
        ? undefined
        : misfitOf(sizeFault(maskPath, picture, read.mask), maskPath);
    if (misfit) {
      seen.faults.push(misfit);
      allSound = false;
    }
    if (isFault(read)) continue;
    const { data } = read.mask;
    if (!misfit) seen.faults.push(...questionMask(maskPath, data, await read.values()));
    marked ||= data.includes(1);
  }
  const [first] = masks;
  if (first !== undefined && allSound && !marked) {
    const sentence = `${first} marks no pixel, but ${path} is labelled defective: draw the mask, or move the picture to the good ones`;
    seen.faults.push(fault('empty-mask', first, sentence));
  }
  return seen;
}

function misfitOf(sentence: string | undefined, maskPath: string): Fault | undefined {
  return sentence === undefined ? undefined : fault('mask-size', maskPath, sentence);
}
