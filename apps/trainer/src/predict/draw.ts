import { resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import { encodePngGray16, encodePngRgb } from '@pyramid-mamba/data/node';
import type { Verdict } from '@pyramid-mamba/metrics';
import { resizeAlignCorners, type Calibration, type Size } from '@pyramid-mamba/model';
import { multipleText } from '@pyramid-mamba/runs';
import { outline, overlay } from '../evaluation/heatMap.js';
import { capitals, captioned } from './caption.js';

/** Longest side of an overlay without its caption, in pixels. */
const LONGEST = 1024;

const COLORS = {
  OK: [21, 128, 61],
  REVIEW: [161, 98, 7],
  NG: [185, 28, 28],
  UNKNOWN: [88, 28, 135],
  'NO VERDICT': [75, 85, 99],
} as const;

/** The other content of an overlay. */
export interface OverlayOptions {
  verdict: Verdict | null;
  score: number;
  /** The product it is judged as; null where the model cannot tell. */
  className: string | null;
  /** Thresholds of the picture's class; without them the colours span the map's values. */
  calibration: Calibration | undefined;
}

/**
 * A picture with its heat map, a contour at the review threshold, and verdict, score and product above it, in the
 * picture's proportions, as PNG. Colours start at the level of good pictures, are half-way up at the review threshold and three quarters up at
 * the reject threshold, so that they have the same meaning in every picture of a class, also below review.
 */
export async function overlayPng(
  picture: RgbImage,
  map: Float32Array,
  size: Size,
  { verdict, score, className, calibration }: OverlayOptions,
): Promise<Uint8Array> {
  const factor = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const shown = factor < 1 ? resizeRgb(picture, width, height) : picture;
  const wide = resizeAlignCorners({ ...size, data: map }, height, width);
  const color = calibration ? byThresholds(calibration) : byRange(map);
  let drawn = overlay(shown, Float32Array.from(wide, color), { low: 0, high: 1 });
  if (calibration) {
    const found = Uint8Array.from(wide, (value) => (value >= calibration.review ? 1 : 0));
    drawn = outline(drawn, { width, height, data: found });
  }
  const title = verdict ?? 'NO VERDICT';
  const multiple = multipleText(score, calibration);
  const text = multiple === null ? title : `${title} ${multiple}x`;
  const parts = className === null ? [text] : [text, capitals(className)];
  return encodePngRgb(captioned(drawn, parts, COLORS[title]));
}

/** A value's position on the colour scale, 0..1. */
function byThresholds({ background, review, reject }: Calibration): (value: number) => number {
  const low = Math.min(background, review);
  const stops: readonly (readonly [value: number, place: number])[] = [
    [low, 0],
    [review, 0.5],
    [reject, 0.75],
    [Math.max(2 * reject - low, reject), 1],
  ];
  return (value) => {
    for (let i = 1; i < stops.length; i++) {
      const [[from, at], [to, next]] = [stops[i - 1]!, stops[i]!];
      if (value < to) return Math.max(0, at + ((value - from) / (to - from)) * (next - at));
    }
    return 1;
  };
}

function byRange(map: Float32Array): (value: number) => number {
  const low = map.reduce((least, value) => Math.min(least, value), Infinity);
  const high = map.reduce((most, value) => Math.max(most, value), -Infinity);
  return (value) => (high > low ? (value - low) / (high - low) : 0);
}

/** A map as 16-bit gray PNG: raw score = value / 65535. */
export function mapPng16(map: Float32Array, { width, height }: Size): Promise<Uint8Array> {
  const data = Uint16Array.from(map, (value) => Math.round(Math.min(1, Math.max(0, value)) * 65535));
  return encodePngGray16({ width, height, data });
}
