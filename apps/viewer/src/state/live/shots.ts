import { signal } from '@preact/signals';
import type { Judgement } from '../../engine/engine.js';
import { sizeWithin } from '../../picture/sizeWithin.js';

/** A judged picture. */
export interface Shot {
  readonly id: number;
  readonly name: string;
  readonly from: 'file' | 'camera';
  /** The whole judged picture: its file, or the camera's frame. */
  readonly picture: Blob | ImageBitmap;
  readonly judgement: Judgement;
  /** Why the judgement is stale, a sentence; null if it is valid. */
  readonly stale: string | null;
}

/** Maximum number of judged pictures; the oldest are dropped. */
export const KEPT = 200;
export const KEPT_NG = 60;
/** Longest side of the drawn picture, in pixels. */
const SHOWN_SIDE = 1024;
/** Number of pictures that stay decoded, at up to 4 MB each. */
const DECODED = 6;

/** Judged files, the newest first, and the shown one; while a camera runs, its last frame. */
export const shots = signal<readonly Shot[]>([]);
export const current = signal<Shot | null>(null);
/** NG pictures, the newest first. */
export const strip = signal<readonly Shot[]>([]);

/** Number of NG pictures dropped for newer ones. */
export const stripForgot = signal(0);

const decoded = new Map<number, ImageBitmap>();

/** The picture to draw, if decoded. */
export function bitmapNow({ id, picture }: Shot): ImageBitmap | undefined {
  return picture instanceof ImageBitmap ? picture : decoded.get(id);
}

/** The picture to draw; the newest few stay decoded, and must not be closed by the caller. */
export async function bitmapOf(shot: Shot): Promise<ImageBitmap> {
  const { id, picture, judgement } = shot;
  if (picture instanceof ImageBitmap) return picture;
  const made = decoded.get(id) ?? (await createImageBitmap(picture, sizeWithin(SHOWN_SIDE, judgement)));
  const twice = decoded.get(id);
  if (twice && twice !== made) made.close();
  const kept = twice ?? made;
  // least recently used first
  decoded.delete(id);
  decoded.set(id, kept);
  for (const [old, bitmap] of decoded) {
    if (decoded.size <= DECODED) break;
    decoded.delete(old);
    bitmap.close();
  }
  return kept;
}

/** A camera's frame as a file with the same pixels: the frame itself takes megabytes, and the next one frees it. */
export async function asFile(shot: Shot): Promise<Shot> {
  const { picture } = shot;
  if (!(picture instanceof ImageBitmap)) return shot;
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')!.drawImage(picture, 0, 0);
  return { ...shot, picture: await canvas.convertToBlob({ type: 'image/png' }) };
}

/** Frees what is no longer shown. */
export function letGo(shot: Shot | null): void {
  if (shot?.picture instanceof ImageBitmap) shot.picture.close();
}
