import type { Judgement } from '../../engine/engine.js';
import { colorTable } from '../../picture/colorMaps.js';
import { heatPixels } from '../../picture/heat.js';
import { scaleOf } from '../../picture/heatScale.js';
import type { Shot } from '../../state/live.js';

/** The heat map as a picture of the map's size. */
async function heatBitmap({ map, size, calibration }: Judgement, opacity: number): Promise<ImageBitmap> {
  const pixels = heatPixels(map, scaleOf(calibration, map), colorTable('inferno'), opacity, false);
  return createImageBitmap(new ImageData(pixels, size, size));
}

/** Draws a judged picture with its heat map, filling the canvas. */
export async function drawShot(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  { bitmap, judgement }: Shot,
  opacity: number,
): Promise<void> {
  const heat = await heatBitmap(judgement, opacity);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  // a frame of the camera may have been freed meanwhile
  if (bitmap.width > 0) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    context.drawImage(bitmap, 0, 0);
    context.drawImage(heat, 0, 0, canvas.width, canvas.height);
  }
  heat.close();
}
