import type { LoadedSample } from '../types.js';
import { lightAt, sensorNoise, sharedNoise, type Light } from './light.js';
import { cleanMask } from './mask.js';
import type { Box, Defect, Piece, Shader } from './product.js';

/**
 * A change of this many 8-bit steps in some channel counts as material: about five standard deviations of the
 * sensor's noise. Weaker fringes of a defect are not drawn at all, so the picture outside the mask is exactly the
 * good one.
 */
export const MATERIAL_STEP = 8;

/** Sub-samples of a pixel: a 2 x 2 grid turned so that near-horizontal and near-vertical edges get four levels. */
const SUB = [-0.375, -0.125, -0.125, 0.375, 0.125, -0.375, 0.375, 0.125] as const;

interface Window {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Draws a piece, with a defect or without (null), as a size x size picture and its mask (1 where the defect
 * materially changed the picture, else 0). The same piece and light give the same picture outside the mask.
 */
export function rasterise(piece: Piece, defect: Defect | null, light: Light, size: number): LoadedSample {
  const whole = { x0: 0, y0: 0, x1: size, y1: size };
  const good = new Float64Array(size * size * 3);
  sample(piece, piece.shade, light, size, whole, good, null);
  let mask = new Uint8Array(size * size);
  if (defect) {
    const window = pictureWindow(piece, defect.box, size);
    const bad = Float64Array.from(good);
    const coverage = new Float64Array(size * size);
    const shade: CoveringShader = (u, v, rgb) => defect.shade(u, v, rgb);
    sample(piece, shade, light, size, window, bad, coverage);
    for (let i = 0; i < mask.length; i++) {
      mask[i] = coverage[i]! > 0.5 || change(good, bad, i) > MATERIAL_STEP ? 1 : 0;
    }
    mask = cleanMask(mask, size) as typeof mask;
    for (let i = 0; i < mask.length; i++) {
      if (mask[i]) for (let c = 3 * i; c < 3 * i + 3; c++) good[c] = bad[c]!;
    }
  }
  const data = new Uint8Array(size * size * 3);
  for (let y = 0, o = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const shared = sharedNoise(light, x, y);
      for (let c = 0; c < 3; c++, o++) {
        const value = Math.round(good[o]! + sensorNoise(light, shared, x, y, c));
        data[o] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  }
  return { image: { width: size, height: size, data }, mask: { width: size, height: size, data: mask } };
}

type CoveringShader = (u: number, v: number, rgb: Float64Array) => number;

/** Largest channel difference of pixel i in 8-bit steps, after clipping to what the sensor can tell apart. */
function change(good: Float64Array, bad: Float64Array, i: number): number {
  let most = 0;
  for (let c = 3 * i; c < 3 * i + 3; c++) {
    const difference = Math.abs(Math.min(good[c]!, 255) - Math.min(bad[c]!, 255));
    if (difference > most) most = difference;
  }
  return most;
}

/** Averages the sub-samples of each pixel of the window into `out` (size, size, 3), lit, in 8-bit steps. */
function sample(
  piece: Piece,
  shade: Shader | CoveringShader,
  light: Light,
  size: number,
  window: Window,
  out: Float64Array,
  coverage: Float64Array | null,
): void {
  const rgb = new Float64Array(3);
  const cos = Math.cos(piece.angle);
  const sin = Math.sin(piece.angle);
  for (let py = window.y0; py < window.y1; py++) {
    for (let px = window.x0; px < window.x1; px++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let covered = 0;
      for (let s = 0; s < 8; s += 2) {
        const x = (px + 0.5 + SUB[s]!) / size - 0.5 - piece.dx;
        const y = (py + 0.5 + SUB[s + 1]!) / size - 0.5 - piece.dy;
        const c = shade(cos * x + sin * y + 0.5, cos * y - sin * x + 0.5, rgb);
        if (coverage) covered += c as number;
        // clip each sub-sample as the sensor would, so that a strong highlight does not bleed into its edge pixels
        r += rgb[0]! > 1.1 ? 1.1 : rgb[0]!;
        g += rgb[1]! > 1.1 ? 1.1 : rgb[1]!;
        b += rgb[2]! > 1.1 ? 1.1 : rgb[2]!;
      }
      const i = py * size + px;
      const x = (px + 0.5) / size;
      const y = (py + 0.5) / size;
      out[3 * i] = r * 63.75 * lightAt(light, x, y, 0);
      out[3 * i + 1] = g * 63.75 * lightAt(light, x, y, 1);
      out[3 * i + 2] = b * 63.75 * lightAt(light, x, y, 2);
      if (coverage) coverage[i] = covered / 4;
    }
  }
}

/** The pixels that a box of the product's frame can touch, one pixel of slack each side. */
function pictureWindow(piece: Piece, box: Box, size: number): Window {
  const cos = Math.cos(piece.angle);
  const sin = Math.sin(piece.angle);
  let x0 = Infinity;
  let y0 = Infinity;
  let x1 = -Infinity;
  let y1 = -Infinity;
  for (const u of [box.u0 - 0.5, box.u1 - 0.5]) {
    for (const v of [box.v0 - 0.5, box.v1 - 0.5]) {
      const x = cos * u - sin * v + 0.5 + piece.dx;
      const y = cos * v + sin * u + 0.5 + piece.dy;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
  }
  const limit = (p: number): number => Math.min(size, Math.max(0, p));
  return {
    x0: limit(Math.floor(x0 * size) - 1),
    y0: limit(Math.floor(y0 * size) - 1),
    x1: limit(Math.ceil(x1 * size) + 1),
    y1: limit(Math.ceil(y1 * size) + 1),
  };
}
