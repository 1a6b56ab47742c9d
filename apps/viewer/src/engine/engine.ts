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
  /** Which opening of a model this was, counted from 1: judgements name it. */
  readonly opening: number;
}

/** A picture to judge: a file, a frame of a camera, or pixels. */
export type Picture = Blob | ImageBitmap | ImageData;

export interface JudgeOptions {
  /** The product to judge by; left out, the model recognises it. */
  readonly className?: string;
  /** What counts of the picture; left out, all of it. */
  readonly areas?: Areas;
  /** Thresholds by class that stand in place of the model's own. */
  readonly thresholds?: Readonly<Record<string, VerdictThresholds>>;
  /** What an error calls the picture. */
  readonly name?: string;
}

/** How a picture's class was chosen: given, the model's only one, or the one whose training pictures are nearest. */
export type ClassSource = 'given' | 'only' | 'nearest';

/** What the model says of one picture. */
export interface Judgement {
  readonly className: string;
  readonly classSource: ClassSource;
  /** The map's largest value within the areas that count. */
  readonly score: number;
  /** null where the model has no thresholds for the class; REVIEW at best where there is a doubt. */
  readonly verdict: Verdict | null;
  /** Why an OK would not be trusted, a sentence each; empty where nothing speaks against it. */
  readonly doubts: readonly string[];
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
  /** The `opening` of the model that judged. */
  readonly opening: number;
}
