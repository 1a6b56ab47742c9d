import { readPicture, type PictureFile } from '../run/readPicture.js';
import { bitmapOf } from './decoded.js';
import { sizeWithin } from './sizeWithin.js';

/**
 * The picture, at most `side` pixels wide and high, as a `data:` URL for an `<img>`: it needs no request and no
 * release. Rejects with a sentence.
 */
export async function smallPicture(file: PictureFile, side: number): Promise<string> {
  const options = sizeWithin(side, file.size);
  const picture = await readPicture(file);
  const bitmap = await inTurn(() => bitmapOf(picture, file.path, options));
  const canvas = new OffscreenCanvas(options.resizeWidth, options.resizeHeight);
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
  bitmap.close();
  return addressOf(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 }));
}

const addressOf = (file: Blob): Promise<string> =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(reader.result as string));
    reader.addEventListener('error', () => fail(reader.error!));
    reader.readAsDataURL(file);
  });

let last: Promise<unknown> = Promise.resolve();

/** One after the other: browsers decode each in its own thread, and many at once would starve the page. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
}
