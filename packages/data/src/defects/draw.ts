import { rngFor, type Rng } from '../synthetic/rng.js';
import type { RgbImage } from '../types.js';
import { DEFECT_KINDS, DEFECT_MIN_SIDE, type DefectRecipe, type DrawnDefect } from './kinds.js';
import { layerOf, type Layer, type Spot } from './layers.js';
import { productPart, type ProductPart } from './product.js';
import { shapeOf, type Strength } from './shapes.js';

/** Places at which a defect is tried. */
const TRIES = 16;
/** Corrections of a shape's scale and of its contrast at one place. */
const CORRECTIONS = 6;
/** Share of a defect's pixels that lie on the product, wanted and at least. */
const ON_PRODUCT = 0.75;
const LEAST_ON_PRODUCT = 0.4;
/** A smaller root mean square of the change, in grey levels, or fewer pixels, is not measurable. */
const LEAST_CHANGE = 2.5;
const LEAST_PIXELS = 3;

/**
 * Draws a defect on any picture of at least 32 × 32 pixels. It lies on the product, wherever that can be told from an empty
 * background (`productPart`): at least three quarters of its pixels, fewer only where no place was found in sixteen tries. Its change
 * is measured on the finished 8-bit picture: a drawing that changed nothing visible, or has another size than asked, is drawn anew
 * elsewhere. Undefined where the picture offers nothing to draw with, such as another part of a surface that is the same everywhere.
 *
 * The same picture and recipe give the same bits in one JavaScript engine.
 * @param part `productPart` of the picture, for callers that draw on it again
 * @throws RangeError for a picture that is too small and a recipe out of range
 */
export function drawDefect(
  image: RgbImage,
  recipe: DefectRecipe,
  part: ProductPart = productPart(image),
): DrawnDefect | undefined {
  const { kind, size, contrast, seed } = recipe;
  requireDrawable(image, recipe);
  const side = Math.min(image.width, image.height);
  const extent = Math.max(3, size * side);
  const asked = contrast * part.variation;
  let best: { drawn: Applied; worth: number } | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const keys = ['defect', seed, kind, size, contrast, attempt] as const;
    const place = rngFor(...keys, 'place');
    const { x, y } =
      kind === 'missing' ? edgePlace(image, part, extent, place) : placeOn(image, part, extent, place);
    const drawn = fitted(image, part, { x, y, extent, asked }, recipe, side, (what) => rngFor(...keys, what));
    if (!drawn) continue;
    const worth = Math.min(1, drawn.onProduct / ON_PRODUCT) * Math.min(1, drawn.change / (0.8 * asked));
    if (drawn.onProduct < LEAST_ON_PRODUCT || (best && worth <= best.worth)) continue;
    best = { drawn, worth };
    if (worth === 1) break;
  }
  if (!best) return undefined;
  return finished(image, best.drawn);
}

function requireDrawable({ width, height }: RgbImage, { kind, size, contrast }: DefectRecipe): void {
  if (Math.min(width, height) < DEFECT_MIN_SIDE)
    throw new RangeError(
      `drawDefect: expected a picture of at least ${DEFECT_MIN_SIDE} pixels a side, found ${width} × ${height}.`,
    );
  if (!DEFECT_KINDS.includes(kind))
    throw new RangeError(`drawDefect: expected one of ${DEFECT_KINDS.join(', ')}, found ${kind}.`);
  if (!(size > 0 && size <= 0.5))
    throw new RangeError(`drawDefect: expected a size above 0 and at most 0.5, found ${size}.`);
  if (!(contrast > 0 && Number.isFinite(contrast)))
    throw new RangeError(`drawDefect: expected a contrast above 0, found ${contrast}.`);
}

/** A random place on the product, moved so that the defect lies within the picture. */
function placeOn({ width, height }: RgbImage, { pixels }: ProductPart, extent: number, rng: Rng) {
  const pixel = pixels[rng.int(pixels.length)]!;
  const within = (value: number, size: number) =>
    Math.min(size - 1 - extent / 2, Math.max(extent / 2, value));
  return { x: within(pixel % width, width), y: within(Math.floor(pixel / width), height) };
}

/** Of some random places one near the product's edge, where parts break off; any place where there is no background. */
function edgePlace(image: RgbImage, part: ProductPart, extent: number, rng: Rng) {
  const places = Array.from({ length: 12 }, () => placeOn(image, part, extent, rng));
  if (!part.background) return places[0]!;
  const reach = Math.max(2, 0.35 * extent);
  const isOff = (x: number, y: number): boolean => {
    const [u, v] = [Math.round(x), Math.round(y)];
    return u >= 0 && v >= 0 && u < image.width && v < image.height && part.on[v * image.width + u] === 0;
  };
  const atEdge = places.find(({ x, y }) => {
    const around = [isOff(x - reach, y), isOff(x + reach, y), isOff(x, y - reach), isOff(x, y + reach)];
    return !isOff(x, y) && around.includes(true);
  });
  return atEdge ?? places[0]!;
}

/** A defect at one place. Only the rectangle that it may change is kept: most of what is tried is not taken. */
interface Applied {
  readonly at: { readonly x: number; readonly y: number; readonly width: number };
  /** Of the rectangle: the changed pixels' colours; of the others nothing. */
  readonly data: Uint8Array;
  /** Of the rectangle: 1 where the picture changes. */
  readonly mask: Uint8Array;
  /** Root mean square over the changed pixels, grey levels. */
  readonly change: number;
  /** Longest side of the changed pixels' bounding box. */
  readonly extent: number;
  /** Share of the changed pixels that lie on the product. */
  readonly onProduct: number;
}

/** The whole picture with the defect in it. */
function finished({ width, height, data }: RgbImage, { at, ...drawn }: Applied): DrawnDefect {
  const out = new Uint8Array(data);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < drawn.mask.length; i++) {
    if (drawn.mask[i] === 0) continue;
    const pixel = (at.y + Math.floor(i / at.width)) * width + at.x + (i % at.width);
    mask[pixel] = 1;
    for (let c = 0; c < 3; c++) out[3 * pixel + c] = drawn.data[3 * i + c]!;
  }
  return { image: { width, height, data: out }, mask: { width, height, data: mask } };
}

/** Draws at one place, correcting scale and contrast by what the finished picture shows; undefined where that does not succeed. */
function fitted(
  image: RgbImage,
  part: ProductPart,
  spot: Spot,
  { kind }: DefectRecipe,
  side: number,
  random: (what: string) => Rng,
): Applied | undefined {
  const { extent, asked } = spot;
  const tolerance = Math.max(1.5, 0.15 * extent);
  let scale = extent;
  let factor = 1;
  let best: { drawn: Applied; worth: number } | undefined;
  for (let i = 0; i < CORRECTIONS; i++) {
    const strength = shapeOf(kind, random('shape'), scale, side);
    const layer = layerOf(kind, image, part, spot, random('layer'));
    factor = Math.min(layer.most, factor);
    const drawn = applied(image, part, spot, strength, layer, factor, Math.ceil(scale) + 4);
    const { change } = drawn;
    const right = Math.abs(drawn.extent - extent) <= tolerance;
    const worth = Math.min(change, asked) / Math.max(change, asked);
    if (right && change >= LEAST_CHANGE && (!best || worth > best.worth)) best = { drawn, worth };
    if (best && best.worth > 0.9) break;
    scale *= Math.min(2, Math.max(0.5, drawn.extent > 0 ? extent / drawn.extent : 2));
    factor *= Math.min(3, Math.max(0.3, change > 0 ? asked / change : 3));
  }
  return best?.drawn;
}

function applied(
  { width, height, data }: RgbImage,
  { on }: ProductPart,
  { x, y }: Spot,
  strength: Strength,
  layer: Layer,
  factor: number,
  reach: number,
): Applied {
  const [x0, x1] = [Math.max(0, Math.ceil(x - reach)), Math.min(width - 1, Math.floor(x + reach))];
  const [y0, y1] = [Math.max(0, Math.ceil(y - reach)), Math.min(height - 1, Math.floor(y + reach))];
  const across = x1 - x0 + 1;
  const mask = new Uint8Array(across * (y1 - y0 + 1));
  const out = new Uint8Array(3 * mask.length);
  const rgb = new Float64Array(3);
  let [count, squares, within] = [0, 0, 0];
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let v = y0; v <= y1; v++)
    for (let u = x0; u <= x1; u++) {
      const pixel = v * width + u;
      if (layer.onProduct && on[pixel] === 0) continue;
      const here = factor * strength(u - x, v - y);
      if (here === 0) continue;
      layer.change(u, v, rgb);
      const i = (v - y0) * across + u - x0;
      let changed = 0;
      for (let c = 0; c < 3; c++) {
        const before = data[3 * pixel + c]!;
        const after = Math.min(255, Math.max(0, Math.round(before + here * rgb[c]!)));
        out[3 * i + c] = after;
        changed += (after - before) ** 2;
      }
      if (changed === 0) continue;
      mask[i] = 1;
      count++;
      squares += changed / 3;
      within += on[pixel]!;
      left = Math.min(left, u);
      right = Math.max(right, u);
      top = Math.min(top, v);
      bottom = Math.max(bottom, v);
    }
  return {
    at: { x: x0, y: y0, width: across },
    data: out,
    mask,
    change: count < LEAST_PIXELS ? 0 : Math.sqrt(squares / count),
    extent: count === 0 ? 0 : Math.max(right - left, bottom - top) + 1,
    onProduct: count === 0 ? 0 : within / count,
  };
}
