import type { Region, Verdict, VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration, LevelMap, ModelInfo } from '@pyramid-mamba/model';
import type { Areas } from './areas.js';

/** The requested backend: `auto` uses a hardware GPU if there is one, else WebAssembly. */
export type BackendPreference = 'auto' | 'webgpu' | 'wasm';

/** The current backend, and why: a sentence for the user. */
export interface EngineStatus {
  readonly backend: 'webgpu' | 'wasm';
  readonly line: string;
}

/** The description of a loaded model. */
export interface ModelCard {
  readonly info: ModelInfo;
  /** Side of the square input, in pixels. */
  readonly inputSize: number;
  /** Of the Gaussian over the map, in pixels of the input. */
  readonly sigma: number;
  readonly encoder: { readonly arch: string; readonly width: number };
  /** Counts the opened models from 1; judgements refer to it. */
  readonly opening: number;
}

/** A picture to judge: a file, a frame of a camera, or pixels. */
export type Picture = Blob | ImageBitmap | ImageData;

export interface JudgeOptions {
  /** The product to judge by; by default the model recognises it. */
  readonly className?: string;
  /** The judged part of the picture; by default all of it. */
  readonly areas?: Areas;
  /** Thresholds by class that replace the model's own. */
  readonly thresholds?: Readonly<Record<string, VerdictThresholds>>;
  /** The picture's name in errors. */
  readonly name?: string;
}

/** How a picture's class was chosen: given, the model's only one, or the one whose training pictures are nearest. */
export type ClassSource = 'given' | 'only' | 'nearest';

/** The judgement of one picture. */
export interface Judgement {
  readonly className: string;
  readonly classSource: ClassSource;
  /** The map's maximum within the judged areas. */
  readonly score: number;
  /** null if the model has no thresholds for the class; REVIEW at best if there is a doubt. */
  readonly verdict: Verdict | null;
  /** Reasons not to trust an OK, one sentence each; empty if there are none. */
  readonly doubts: readonly string[];
  readonly calibration: Calibration | null;
  /** Side of the map. */
  readonly size: number;
  /** Anomaly map, (size, size) row-major, smoothed; 0 in excluded areas. */
  readonly map: Float32Array;
  readonly levels: readonly LevelMap[];
  /** Where the map exceeds the review threshold, in descending order of peak, in pixels of the picture. */
  readonly regions: readonly Region[];
  /** Of the picture, upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Time of decoding, resizing, network and map, in ms. */
  readonly milliseconds: number;
  /** The `opening` of the model that judged. */
  readonly opening: number;
}
