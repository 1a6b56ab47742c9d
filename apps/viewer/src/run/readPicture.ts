import { needFile, type RunFile } from '@pyramid-mamba/runs';
import type { Size } from '@pyramid-mamba/model';
import { checkedPicture } from './pictureSize.js';

/** A picture of a run, with the size in pixels that the run states. */
export interface PictureFile extends RunFile {
  readonly size: Size;
}

/** The picture, safe to decode: its header is checked. Rejects with a sentence. */
export const readPicture = async (file: PictureFile): Promise<Blob> =>
  checkedPicture(await needFile(file), file.size, file.path);
