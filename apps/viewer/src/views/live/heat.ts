import type { Calibration } from '@pyramid-mamba/model';
import type { Judgement } from '../../engine/engine.js';
import { colorTable } from '../../picture/colorMaps.js';
import { heatPixels, type HeatScale } from '../../picture/heat.js';
import type { Shot } from '../../state/live.js';

/** Colours begin at what good pictures reach and are half-way up at the reject threshold: the same in every picture of a class. */
export function scaleOf(calibration: Calibration | null, map: Float32Array): HeatScale {
  if (calibration) {
    const { background, reject } = calibration;
    return { low: background, high: Math.max(2 * reject - background, background) };
  }
  // no thresholds, no fixed scale: then each picture has its own
  return { low: 0, high: map.reduce((most, value) => Math.max(most, value), 0) };
}

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
