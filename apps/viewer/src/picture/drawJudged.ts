import type { Judgement } from '../engine/engine.js';
import { colorTable } from './colorMaps.js';
import { heatPixels } from './heat.js';
import { scaleOf } from '@pyramid-mamba/runs';

/**
 * Draws a picture with a judgement's heat map, filling the canvas. Synchronous: during a wait
 * another picture's verdict could appear beside this map.
 */
export function drawJudged(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  picture: ImageBitmap,
  { map, size, calibration }: Pick<Judgement, 'map' | 'size' | 'calibration'>,
  opacity: number,
): void {
  const pixels = heatPixels(map, scaleOf(calibration, map), colorTable('inferno'), opacity, false);
  const heat = new OffscreenCanvas(size.width, size.height);
  heat.getContext('2d')!.putImageData(new ImageData(pixels, size.width, size.height), 0, 0);
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.drawImage(picture, 0, 0);
  context.drawImage(heat, 0, 0, canvas.width, canvas.height);
}
