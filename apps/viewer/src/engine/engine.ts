import type { Region } from '@pyramid-mamba/metrics';
import type { LevelMap } from '@pyramid-mamba/model';

/** Which engine computes, and why that one: a sentence for people. */
export interface EngineStatus {
  readonly backend: 'webgpu' | 'wasm';
  readonly line: string;
}

/** What the model says of one picture. */
export interface Judgement {
  readonly className: string;
  readonly score: number;
  /** Anomaly map, (size, size) row-major, smoothed. */
  readonly map: Float32Array;
  readonly levels: readonly LevelMap[];
  /** Where the map exceeds the review threshold, by falling peak. */
  readonly regions: readonly Region[];
  /** Time of decoding, resizing, network and map, in ms. */
  readonly milliseconds: number;
}
