// Lengths for people where a picture's scale is known: millimetres beside pixels.
import { fittedSize, type ModelInput } from '@pyramid-mamba/data';
import type { ClassSelfTest, Size } from '@pyramid-mamba/model';

/** Length of a pixel in mm along width and height: two numbers where a picture was stretched. */
export interface MmPerPixel {
  readonly x: number;
  readonly y: number;
}

/** Two digits are what a measured scale gives; from 10 on whole millimetres. */
const rounded = (mm: number): string => String(mm >= 10 ? Math.round(mm) : Number(mm.toPrecision(2)));

/** `3.2 mm`, `12 mm`. */
export const mmText = (mm: number): string => `${rounded(mm)} mm`;

/** The scale of a picture that is shown or judged at another size than it was taken at. @param mm of a pixel as taken */
export const mmAtSize = (mm: number, taken: Size, shown: Size): MmPerPixel => ({
  x: (mm * taken.width) / shown.width,
  y: (mm * taken.height) / shown.height,
});

/**
 * Length in mm of a pixel as a model sees it, for the sizes of its self-test: the longer one where pictures are stretched, so that no size
 * is said to be found that is not. @param mm of a pixel as taken
 */
export function mmAsSeen(mm: number, taken: Size, input: ModelInput): number {
  const { x, y } = mmAtSize(mm, taken, fittedSize(taken, input));
  return Math.max(x, y);
}

/** A size of the self-test, a share of the shorter side, in pixels of pictures whose shorter side is `side`. */
export const pixelsOfSize = (size: number, side: number): number => Math.max(1, Math.round(size * side));

/**
 * A size of a product's self-test in mm: `3.3 mm`; undefined where its scale is not known, and in files that do not say of what side it is a share.
 * @param mm of a pixel, see `mmAsSeen`
 */
export function sizeInMm(
  size: number,
  { scores, smallest }: Pick<ClassSelfTest, 'scores' | 'smallest'>,
  mm: number | undefined,
): string | undefined {
  const side = scores?.side ?? smallest?.side;
  return mm === undefined || side === undefined ? undefined : mmText(mm * pixelsOfSize(size, side));
}

/** The size of a region: `3 × 2 mm / 12 × 8 px`, without a scale `12 × 8 px`. Width and height in pixels. */
export function extentText(width: number, height: number, mm: MmPerPixel | undefined): string {
  const pixels = `${width} × ${height} px`;
  return mm ? `${rounded(mm.x * width)} × ${rounded(mm.y * height)} mm / ${pixels}` : pixels;
}

/** The columns of `regionCells` in tables for spreadsheets. */
export const REGION_COLUMNS = [
  'regions',
  'region x',
  'region y',
  'region width',
  'region height',
  'region width mm',
  'region height mm',
] as const;

/** Left, top, width and height in pixels of the picture. */
export type Box = readonly [x: number, y: number, width: number, height: number];

const ofPixels = (pixels: number): number => Number(pixels.toFixed(1));
const ofMm = (mm: number): number => Number(mm.toPrecision(4));

/** The regions of a picture: their number, and the most anomalous one; its box is undefined where there is none. */
export interface RegionCount {
  readonly count: number;
  readonly first: Box | undefined;
}

/**
 * How many regions a picture has, and where and how large the most anomalous one is, in pixels and, with a scale, in mm.
 * @param found undefined where it is not known
 */
export function regionCells(found: RegionCount | undefined, mm: MmPerPixel | undefined): (number | null)[] {
  if (!found?.first) return [found?.count ?? null, null, null, null, null, null, null];
  const { count, first } = found;
  const [, , width, height] = first;
  const inMm = mm ? [ofMm(mm.x * width), ofMm(mm.y * height)] : [null, null];
  return [count, ...first.map(ofPixels), ...inMm];
}
