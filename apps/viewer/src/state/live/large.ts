import { signal } from '@preact/signals';
import { HEAD_BYTES, readHeader } from '../../engine/pictures/header.js';

/** A picture with more pixels is named while it is judged: decoding it takes seconds. */
const LARGE = 12e6;

/** The large picture that is being judged. */
export interface LargePicture {
  readonly name: string;
  /** Millions of pixels, rounded. */
  readonly megapixels: number;
}
export const large = signal<LargePicture | null>(null);

/** Says of a large picture that it is being worked on, until `work` ends. */
export async function sayingLarge<T>(name: string, file: Blob, work: () => Promise<T>): Promise<T> {
  let ended = false;
  let own: LargePicture | null = null;
  void megapixelsOf(file).then((megapixels) => {
    if (!ended && megapixels !== null) large.value = own = { name, megapixels };
  });
  try {
    return await work();
  } finally {
    ended = true;
    if (own !== null && large.peek() === own) large.value = null;
  }
}

/** null for a picture that is not large, and for a file that is none. */
async function megapixelsOf(file: Blob): Promise<number | null> {
  try {
    const header = readHeader(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    const pixels = header ? header.width * header.height : 0;
    return pixels > LARGE ? Math.round(pixels / 1e6) : null;
  } catch {
    // moved since it was chosen; judging it says so
    return null;
  }
}
