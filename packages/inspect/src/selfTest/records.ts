import type { DefectKind, Part } from '@pyramid-mamba/data';

interface Scored {
  readonly className: string;
  /** Of the picture, or of the good picture that was drawn on. */
  readonly picture: string;
  readonly score: number;
  /** The picture's shorter side in pixels, to which sizes refer: of the picture as taken where that is known, else as the model sees it. For a model with tiles that of the part drawn on. */
  readonly side: number;
  /** A shifted copy of a good picture, which is not independent of it. */
  readonly copy?: true;
  /** The good picture, before anything was drawn on it, is blank: see `withoutBlank`. */
  readonly blank?: true;
}

/** What the model said of a good picture that it has not seen. */
export interface GoodRecord extends Scored {
  readonly kind: 'good';
  /** Sampled pixels of its map, see `thinned`. */
  readonly thinned: Float32Array;
}

/** What the model said of such a picture with a drawn defect. */
export interface DrawnRecord extends Scored {
  readonly kind: DefectKind;
  /** Longest side of the changed area, as a share of the shorter side of the picture, or of `window`. */
  readonly size: number;
  /** Multiple of the product's own variation. */
  readonly contrast: number;
  /** Draws it again on the picture at `drawnAt`. */
  readonly seed: string;
  /** Whether the map's peak lies in the changed area, grown by 1/32 of the shorter side. */
  readonly peakInside: boolean;
  readonly drawnAt: { readonly width: number; readonly height: number };
  /** The part of the picture at `drawnAt` that was drawn on; absent where it is the whole. */
  readonly window?: Part;
}

/** What it said of a real defective picture. */
export interface DefectiveRecord extends Scored {
  readonly kind: 'defective';
}

/** One measured picture of a self-test. */
export type SelfTestRecord = GoodRecord | DrawnRecord | DefectiveRecord;

export const isDrawn = (record: SelfTestRecord): record is DrawnRecord =>
  record.kind !== 'good' && record.kind !== 'defective';
export const isDefective = (record: SelfTestRecord): record is DefectiveRecord => record.kind === 'defective';
export const isGood = (record: SelfTestRecord): record is GoodRecord => record.kind === 'good';
