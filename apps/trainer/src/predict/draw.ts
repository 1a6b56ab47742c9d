import { resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import { encodePngGray16, encodePngRgb } from '@pyramid-mamba/data/node';
import { resizeAlignCorners, type Calibration } from '@pyramid-mamba/model';
import { outline, overlay } from '../heatMap.js';

/** Longest side of an overlay, in pixels. */
const LONGEST = 1024;

/**
 * A picture with its heat map over it and a line around what reaches the review threshold, in the picture's proportions, as
 * PNG. Colours begin at what good pictures reach and are half-way up at the reject threshold, so they mean the same in
 * every picture of a class.
 */
export async function overlayPng(
  picture: RgbImage,
  map: Float32Array,
  side: number,
  { background, review, reject }: Calibration,
): Promise<Uint8Array> {
  const factor = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const shown = factor < 1 ? resizeRgb(picture, width, height) : picture;
  const wide = Float32Array.from(resizeAlignCorners({ height: side, width: side, data: map }, height, width));
  const heat = overlay(shown, wide, { low: background, high: Math.max(2 * reject - background, background) });
  const found = { width, height, data: Uint8Array.from(wide, (value) => (value >= review ? 1 : 0)) };
  return encodePngRgb(outline(heat, found));
}

/** A map as 16-bit gray PNG, (side, side): raw score = value / 65535. */
export function mapPng16(map: Float32Array, side: number): Promise<Uint8Array> {
  const data = Uint16Array.from(map, (value) => Math.round(Math.min(1, Math.max(0, value)) * 65535));
  return encodePngGray16({ width: side, height: side, data });
}
