// What a drawn defect does to the colours under its shape.
import type { Rng } from '../synthetic/rng.js';
import type { RgbImage } from '../types.js';
import type { DefectKind } from './kinds.js';
import type { ProductPart } from './product.js';

/** The place of a defect in its picture. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** Longest side, pixels. */
  readonly extent: number;
  /** Wanted root mean square of the change, grey levels. */
  readonly asked: number;
}

/** The full change of a pixel, red, green and blue, where the shape's strength is 1; it is scaled to the wanted contrast. */
export interface Layer {
  readonly change: (x: number, y: number, rgb: Float64Array) => void;
  /** The largest factor that the change may be scaled by: 1 where it replaces the surface by another one. */
  readonly most: number;
  /** Whether it only acts on the product. */
  readonly onProduct: boolean;
}

export function layerOf(kind: DefectKind, image: RgbImage, part: ProductPart, spot: Spot, rng: Rng): Layer {
  if (kind === 'missing') return missing(image, part, spot, rng);
  if (kind === 'transplant') return transplant(image, part, spot, rng);
  const vector = kind === 'colour' ? hue(rng) : tone(kind, image, spot, rng);
  const [red, green, blue] = vector.map((value) => value * spot.asked) as [number, number, number];
  return {
    change(_x, _y, rgb) {
      rgb[0] = red;
      rgb[1] = green;
      rgb[2] = blue;
    },
    most: 8,
    onProduct: false,
  };
}

/** Lighter or darker, slightly coloured; of length √3, as (1, 1, 1) is. Holes and cracks are dark where the surface leaves room for it. */
function tone(kind: DefectKind, image: RgbImage, { x, y, extent, asked }: Spot, rng: Rng): number[] {
  const tint = kind === 'stain' ? 0.45 : kind === 'fibre' ? 0.3 : 0.12;
  const preferred =
    kind === 'hole' || kind === 'crack' || (kind === 'stain' && rng.next() < 0.7) ? -1 : rng.sign();
  const mean = meanAround(image, x, y, extent / 2).reduce((sum, value) => sum + value / 3, 0);
  const [ahead, behind] = preferred > 0 ? [255 - mean, mean] : [mean, 255 - mean];
  // a hole stays dark as long as the surface can become visibly darker
  const enough = kind === 'hole' || kind === 'crack' ? Math.min(asked, 12) : asked;
  const sign = ahead < enough && behind > ahead ? -preferred : preferred;
  return ofLength([0, 1, 2].map(() => sign * (1 + rng.range(-tint, tint))));
}

/** A colour without a change of brightness. */
function hue(rng: Rng): number[] {
  const angle = rng.range(0, 2 * Math.PI);
  return ofLength([0, 1, 2].map((c) => Math.cos(angle + (2 * Math.PI * c) / 3)));
}

function ofLength(vector: number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0) / 3);
  return vector.map((value) => value / length);
}

/** Shows the background, or where none can be told a surface without texture, lighter or darker than around. */
function missing(
  image: RgbImage,
  { background }: ProductPart,
  { x, y, extent, asked }: Spot,
  rng: Rng,
): Layer {
  const { width, data } = image;
  if (background) {
    const middle = meanColour(background);
    return {
      change(u, v, rgb) {
        const from = 3 * rng.int(background.length / 3);
        for (let c = 0; c < 3; c++) {
          const shown = middle[c]! + 0.5 * (background[from + c]! - middle[c]!);
          rgb[c] = shown - data[3 * (v * width + u) + c]!;
        }
      },
      most: 1,
      onProduct: true,
    };
  }
  const around = meanAround(image, x, y, extent);
  const offset = (meanOf(around) > 127 ? -1 : 1) * asked;
  return {
    change(u, v, rgb) {
      for (let c = 0; c < 3; c++) rgb[c] = around[c]! + offset - data[3 * (v * width + u) + c]!;
    },
    most: 1,
    onProduct: false,
  };
}

/** Places of the product among which a transplant's source is chosen. */
const SOURCES = 6;

/** The product's surface from elsewhere, turned: of a few random places the one that differs most. */
function transplant(image: RgbImage, { pixels }: ProductPart, { x, y, extent }: Spot, rng: Rng): Layer {
  const { width, height, data } = image;
  const half = extent / 2;
  const sources = Array.from({ length: SOURCES }, () => {
    const pixel = pixels[rng.int(pixels.length)]!;
    const turn = rng.range(0, 2 * Math.PI);
    return { x: pixel % width, y: Math.floor(pixel / width), cos: Math.cos(turn), sin: Math.sin(turn) };
  });
  const sampler = (source: (typeof sources)[number]) => (u: number, v: number, rgb: Float64Array) => {
    const px = clamp(source.x + source.cos * (u - x) - source.sin * (v - y), width - 1);
    const py = clamp(source.y + source.sin * (u - x) + source.cos * (v - y), height - 1);
    const x0 = Math.floor(px);
    const y0 = Math.floor(py);
    const fx = px - x0;
    const fy = py - y0;
    const right = 3 * (Math.min(width - 1, x0 + 1) - x0);
    const above = 3 * (y0 * width + x0);
    const below = 3 * (Math.min(height - 1, y0 + 1) * width + x0);
    const here = 3 * (v * width + u);
    for (let c = 0; c < 3; c++) {
      const top = data[above + c]! * (1 - fx) + data[above + right + c]! * fx;
      const bottom = data[below + c]! * (1 - fx) + data[below + right + c]! * fx;
      rgb[c] = top * (1 - fy) + bottom * fy - data[here + c]!;
    }
  };
  const rgb = new Float64Array(3);
  const difference = (change: Layer['change']): number => {
    let sum = 0;
    for (let i = -2; i <= 2; i++)
      for (let j = -2; j <= 2; j++) {
        const u = Math.round(clamp(x + (half * i) / 3, width - 1));
        const v = Math.round(clamp(y + (half * j) / 3, height - 1));
        change(u, v, rgb);
        sum += rgb[0]! ** 2 + rgb[1]! ** 2 + rgb[2]! ** 2;
      }
    return sum;
  };
  const best = sources
    .map(sampler)
    .map((change) => ({ change, differs: difference(change) }))
    .reduce((most, one) => (one.differs > most.differs ? one : most));
  return { change: best.change, most: 1, onProduct: false };
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));

const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

/** Mean red, green and blue of colours that follow each other. */
function meanColour(colours: Uint8Array): number[] {
  const sum = [0, 0, 0];
  for (let i = 0; i < colours.length; i++) sum[i % 3]! += colours[i]!;
  return sum.map((value) => value / (colours.length / 3));
}

/** Mean red, green and blue within a square around a place. */
function meanAround({ width, height, data }: RgbImage, x: number, y: number, radius: number): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  const reach = Math.max(1, Math.ceil(radius));
  for (let v = Math.max(0, Math.round(y) - reach); v <= Math.min(height - 1, Math.round(y) + reach); v++)
    for (let u = Math.max(0, Math.round(x) - reach); u <= Math.min(width - 1, Math.round(x) + reach); u++) {
      for (let c = 0; c < 3; c++) sum[c]! += data[3 * (v * width + u) + c]!;
      count++;
    }
  return sum.map((value) => value / count);
}
