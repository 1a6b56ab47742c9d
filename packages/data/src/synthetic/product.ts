import type { Rng } from './rng.js';

/**
 * Colour of the product at a point of its own frame. `u`, `v`: picture widths, (0.5, 0.5) is the middle of the
 * fixture. Writes red, green, blue (0..1, may overshoot) into `rgb`, length 3.
 */
export type Shader = (u: number, v: number, rgb: Float64Array) => void;

/** An axis-aligned box in the product's frame, picture widths. */
export interface Box {
  readonly u0: number;
  readonly v0: number;
  readonly u1: number;
  readonly v1: number;
}

/** One concrete defect on one concrete product. */
export interface Defect {
  /** Everything the defect can change lies in here; the rasteriser draws nothing of it outside. */
  readonly box: Box;
  /**
   * Colour of the defective product at (u, v), written into `rgb`. Returns the coverage 0..1 of the defect's own
   * shape there; a deformation, which has no shape of its own, returns 0 and its mask is what it changed.
   */
  shade(u: number, v: number, rgb: Float64Array): number;
}

/** One manufactured piece: its look with every random choice already made. */
export interface Piece {
  /** Shift of the piece in the picture, picture widths. */
  readonly dx: number;
  readonly dy: number;
  /** Rotation of the piece about the middle of the picture, radians. */
  readonly angle: number;
  readonly shade: Shader;
  /**
   * A defect of `kind` on this piece. `magnitude` in [0, 1] runs from the smallest (about 0.3 % of the picture) to
   * the largest (up to about 6 %) of its kind.
   */
  defect(kind: string, rng: Rng, magnitude: number): Defect;
}

/** A product class: a name, its defect kinds and a way to make pieces. */
export interface Product {
  readonly name: string;
  readonly defects: readonly string[];
  make(rng: Rng): Piece;
}

/** A whole shader as a defect without a shape of its own: the mask is what it changed. */
export function covered(shader: Shader): Defect['shade'] {
  return (u, v, rgb) => {
    shader(u, v, rgb);
    return 0;
  };
}
