import { resizeRgb, type RgbImage } from '@pyramid-mamba/data';

/** What a picture says of light and camera, whatever its verdict. */
export interface Appearance {
  /** Mean luma, 0 to 1. */
  readonly brightness: number;
  /** Red less green and blue less green, means of 0 to 1: the colour of the light. */
  readonly warmth: number;
  readonly coolness: number;
  /** Natural logarithm of the energy of the Laplacian by the variance of the luma: falls with blur, and not with light. */
  readonly sharpness: number;
  /** Centre of the edges (weighted by the gradient's length), 0 to 1 from left and top. */
  readonly x: number;
  readonly y: number;
}

export const FEATURES = ['brightness', 'warmth', 'coolness', 'sharpness', 'x', 'y'] as const;
export type Feature = (typeof FEATURES)[number];

/** Longest side at which a picture is looked at, in pixels: what a network sees. */
const SIDE = 256;
/** Keeps a picture of one colour finite. */
const LEAST = 1e-6;

/** Measures a picture of any size, reduced to at most 256 pixels. A hundredth of what judging it takes. */
export function appearanceOf(image: RgbImage): Appearance {
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const { width, height, data } = scale < 1 ? resizeRgb(image, side(image.width), side(image.height)) : image;
  const count = width * height;
  const luma = new Float32Array(count);
  let [sum, squares, red, blue] = [0, 0, 0, 0];
  for (let i = 0, p = 0; i < count; i++, p += 3) {
    const [r, g, b] = [data[p]! / 255, data[p + 1]! / 255, data[p + 2]! / 255];
    const value = 0.299 * r + 0.587 * g + 0.114 * b;
    luma[i] = value;
    sum += value;
    squares += value * value;
    red += r - g;
    blue += b - g;
  }
  const mean = sum / count;
  let [energy, edges, x, y] = [0, 0, 0, 0];
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      const i = row * width + column;
      const [left, right, above, below] = [luma[i - 1]!, luma[i + 1]!, luma[i - width]!, luma[i + width]!];
      energy += (left + right + above + below - 4 * luma[i]!) ** 2;
      // not Math.hypot, which is many times slower and guards against overflow that cannot be here
      const edge = Math.sqrt((right - left) ** 2 + (below - above) ** 2);
      edges += edge;
      x += edge * column;
      y += edge * row;
    }
  }
  const inner = Math.max(1, (width - 2) * (height - 2));
  const variance = Math.max(0, squares / count - mean * mean);
  return {
    brightness: mean,
    warmth: red / count,
    coolness: blue / count,
    sharpness: Math.log((energy / inner + LEAST) / (variance + LEAST)),
    x: edges > LEAST ? x / edges / width : 0.5,
    y: edges > LEAST ? y / edges / height : 0.5,
  };
}
