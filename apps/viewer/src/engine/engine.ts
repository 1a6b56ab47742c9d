import type { Region, Verdict, VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration, LevelMap, ModelInfo } from '@pyramid-mamba/model';
import type { Areas } from './areas.js';

/** Which engine is asked for: `auto` takes a real GPU where there is one, else WebAssembly. */
export type BackendPreference = 'auto' | 'webgpu' | 'wasm';

/** Which engine computes, and why that one: a sentence for people. */
export interface EngineStatus {
  readonly backend: 'webgpu' | 'wasm';
  readonly line: string;
}

/** What a loaded model says of itself. */
export interface ModelCard {
  readonly info: ModelInfo;
  /** Side of the square input, in pixels. */
  readonly inputSize: number;
  /** Of the Gaussian over the map, in pixels of the input. */
  readonly sigma: number;
  readonly encoder: { readonly arch: string; readonly width: number };
}

/** A picture to judge: a file, a frame of a camera, or pixels. */
export type Picture = Blob | ImageBitmap | ImageData;

export interface JudgeOptions {
  /** The product to judge by; left out, it is found out by what the picture shows. */
  readonly className?: string;
  /** What counts of the picture; left out, all of it. */
  readonly areas?: Areas;
  /** Thresholds by class that stand in place of the model's own. */
  readonly thresholds?: Readonly<Record<string, VerdictThresholds>>;
  /** What an error calls the picture. */
  readonly name?: string;
}

/** How a picture's class was found: asked for, the only one, or by what the picture shows. */
export type ClassSource = 'given' | 'only' | 'nearest';

/** What the model says of one picture. */
export interface Judgement {
  readonly className: string;
  readonly classSource: ClassSource;
  /** The map's largest value within the areas that count. */
  readonly score: number;
  /** null where the model has no thresholds for the class. */
  readonly verdict: Verdict | null;
  readonly calibration: Calibration | null;
  /** Side of the map. */
  readonly size: number;
  /** Anomaly map, (size, size) row-major, smoothed; 0 where the areas leave the picture out. */
  readonly map: Float32Array;
  readonly levels: readonly LevelMap[];
  /** Where the map exceeds the review threshold, by falling peak, in pixels of the picture. */
  readonly regions: readonly Region[];
  /** Of the picture, upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Time of decoding, resizing, network and map, in ms. */
  readonly milliseconds: number;
}
