import {
  crop,
  drawDefect,
  type DefectKind,
  type DrawnDefect,
  type Part,
  type RgbImage,
} from '@pyramid-mamba/data';

/** What is needed to draw a self-test's defect again, see `ClassSelfTest`. */
export interface DrawableExample {
  readonly kind: DefectKind;
  readonly size: number;
  readonly contrast: number;
  readonly seed: string;
  /** The part of the picture that was drawn on, where it was not the whole. */
  readonly window?: Part | undefined;
}

/**
 * Draws the defect of a self-test's example again: the part of the picture that it was drawn on, with it.
 *
 * @param image the picture at the example's width and height
 * @throws RangeError for numbers of another program
 */
export function drawExample(
  image: RgbImage,
  { kind, size, contrast, seed, window }: DrawableExample,
): DrawnDefect | undefined {
  return drawDefect(window ? crop(image, window) : image, { kind, size, contrast, seed });
}
