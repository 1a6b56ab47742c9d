import { needFile, type RunFile } from '@pyramid-mamba/runs';
import type { Size } from '@pyramid-mamba/model';
import { HEAD_BYTES, requirePicture } from '../engine/pictures/header.js';
import { checkedPicture } from './pictureSize.js';

/** A picture of a run, with the size in pixels that the run states. */
export interface PictureFile extends RunFile {
  readonly size: Size;
  /** A user's own picture, of any format that the page reads: its pixels are not stated by a run. */
  readonly own?: true;
}

/** The picture, safe to decode: its header is checked. Rejects with a sentence. */
export async function readPicture(file: PictureFile): Promise<Blob> {
  const read = await needFile(file);
  if (!file.own) return checkedPicture(read, file.size, file.path);
  requirePicture(new Uint8Array(await read.slice(0, HEAD_BYTES).arrayBuffer()), file.path);
  return read;
}
