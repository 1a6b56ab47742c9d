// Pictures of a camera that are judged one at a time: from then on each is a file like any other, with a row in the table.
import { judgeAndKeep } from '../project/verdicts.js';
import type { Repetition } from './frames.js';
import { judgeFiles, look } from './live.js';
import { keepShots, SMALL, type Shutter } from './trigger.js';

/**
 * Judges the camera's present picture if the trigger wants it, and resolves once it is judged. `repeated`: it is not, since the camera hangs: it may
 * show a part that is long gone.
 *
 * @param repetition of the pictures that were taken
 */
export async function takeShot(
  video: HTMLVideoElement,
  shutter: Shutter,
  repetition: Repetition,
): Promise<'not wanted' | 'judged' | 'repeated'> {
  if (!shutter.wants(() => small(video), performance.now())) return 'not wanted';
  // the verdict on the picture before must not look like one on this
  look(null);
  const file = await fileOf(video);
  if (repetition.same(new Uint8Array(await file.arrayBuffer()), performance.now())) return 'repeated';
  await (keepShots.peek() ? judgeAndKeep([file]) : judgeFiles([file]));
  return 'judged';
}

/** The camera's present picture, as a file of all its pixels. */
export async function fileOf(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  return new File([await canvas.convertToBlob({ type: 'image/png' })], `camera ${time}.png`, {
    type: 'image/png',
  });
}

let compared: OffscreenCanvasRenderingContext2D | undefined;

/** The camera's present picture, small and grey, row-major. */
function small(video: HTMLVideoElement): Uint8Array {
  const { width, height } = SMALL;
  compared ??= new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  compared.drawImage(video, 0, 0, width, height);
  const { data } = compared.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, i) => data[i * 4 + 1]!);
}
