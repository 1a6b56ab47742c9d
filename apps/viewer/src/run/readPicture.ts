import { needFile, type RunFile } from '@pyramid-mamba/runs';
import { checkedPicture } from './pictureSize.js';

/** A picture of a run with `size` x `size` pixels, according to the run. */
export interface PictureFile extends RunFile {
  readonly size: number;
}

/** The picture, safe to decode: its header is checked. Rejects with a sentence. */
export const readPicture = async (file: PictureFile): Promise<Blob> =>
  checkedPicture(await needFile(file), file.size, file.path);
