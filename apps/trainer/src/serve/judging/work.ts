import type { Appearance } from '@pyramid-mamba/inspect';
import type { ProductHint } from '@pyramid-mamba/inspect';
import type { Line } from '../../predict/line.js';

/** A model file of the station: its content never changes under one hash. */
export interface ModelFile {
  /** SHA-256 of the file in hex. */
  sha256: string;
  path: string;
}

/** A picture to judge. */
export interface Picture {
  bytes: Uint8Array;
  /** Names it in errors. */
  name: string;
  model: ModelFile;
  product: ProductHint | undefined;
  /** Wanted beside the judgement: the picture with its heat map as PNG; a small WebP of it. */
  overlay: boolean;
  thumbnail: boolean;
}

/** A picture that was judged, or why it was not. */
export type Outcome =
  | { line: Line; appearance: Appearance; overlay?: Uint8Array; thumbnail?: Uint8Array }
  | { error: string };

/** What a judging process is asked, and answers. */
export type Task =
  | { kind: 'judge'; pictures: readonly Picture[] }
  /** Loads a model beside those that it has, and judges a plain picture with it. */
  | { kind: 'load'; model: ModelFile }
  | { kind: 'drop'; sha256: string };
export type Question = Task & { id: number };
export type Reply =
  | { kind: 'ready'; backend: string; name: string; line: string }
  | { kind: 'failed'; message: string; mendable: boolean }
  | { kind: 'answer'; id: number; outcomes: Outcome[] }
  | { kind: 'refused'; id: number; message: string }
  /** Its engine has failed: it is of no use any more. */
  | { kind: 'broken'; message: string };
