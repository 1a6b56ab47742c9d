import { createHash } from 'node:crypto';
import { DataError } from '../../errors.js';
import { decodeMask, decodeRgb, readHeader } from '../decode.js';
import { fault, type Fault } from '../faults.js';
import { readPicture, sizeFault, type PictureRecord } from '../fileSample.js';
import type { ClassRecords } from '../layouts/layout.js';

/** The result for one picture. */
export interface Observation {
  record: PictureRecord;
  split: keyof ClassRecords;
  /** SHA-256 of the file, if it could be read. */
  hash?: string;
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

/** Reads every pixel of a picture and its masks and reports their faults. Stores no pixels. */
export async function examine(record: PictureRecord, split: keyof ClassRecords): Promise<Observation> {
  const { path, masks } = record;
  const seen: Observation = { record, split, faults: [] };
  const picture = await attempt(path, async () => {
    const bytes = await readPicture(path);
    seen.hash = createHash('sha256').update(bytes).digest('hex');
    const { channels, deep } = await readHeader(bytes, path);
    const { width, height } = await decodeRgb(bytes, path);
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
    const mask = await attempt(maskPath, async () => decodeMask(await readPicture(maskPath), maskPath));
    const misfit = isFault(mask)
      ? mask
      : isFault(picture)
        ? undefined
        : misfitOf(sizeFault(maskPath, picture, mask), maskPath);
    if (misfit) {
      seen.faults.push(misfit);
      allSound = false;
    }
    marked ||= !isFault(mask) && mask.data.includes(1);
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
