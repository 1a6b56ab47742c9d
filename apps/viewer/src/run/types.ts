import type { Verdict, VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration, LevelMap, Size } from '@pyramid-mamba/model';
import type { Figures, RunCurves, RunMetrics, RunScale, StoredCurve } from '@pyramid-mamba/runs';
import type { PictureFile } from './readPicture.js';

/** A judged picture of an opened run. Large data are fetched on demand. */
export interface Item {
  /** Unique in the run. */
  readonly id: string;
  /** Path of the picture in the run, for display. */
  readonly file: string;
  readonly className: string;
  /** 1 for a defective picture, 0 for a good one, null if unknown. */
  readonly label: 0 | 1 | null;
  /** Defect type as named in the data set; `good` for good pictures. */
  readonly defect: string;
  /** Raw image score. */
  readonly score: number;
  /** Whether the picture is blank, which is a reason not to trust an OK; absent in older runs. */
  readonly blank?: boolean | undefined;
  /** Whether its part was not found, which is a reason not to trust an OK; absent where the model does not look for it. */
  readonly lost?: boolean | undefined;
  /** Further reasons not to trust an OK, a clause each, such as that it looks like another product; absent in older runs. */
  readonly doubts?: readonly string[] | undefined;
  /** Set where it does not look like a product of the model, and so is UNKNOWN, with `hardly` unless it is NG; absent in older runs. */
  readonly fit?: 'hardly' | 'no' | undefined;
  /** Whether there is a mask of the true defect. */
  readonly hasMask: boolean;
  /** Of the picture, its mask and its map, in pixels: the picture's size within the model's input. */
  readonly size: Size;
  /** The picture, not yet read: `readPicture` does, here or in a worker. */
  image(): Promise<PictureFile>;
  /** The true defect, white on black; null if the data set has none. */
  mask(): Promise<Blob | null>;
  /** The small maps, fine to coarse, from which `mapOf` makes the full one; null where the run has none. */
  levels(): Promise<LevelMap[] | null>;
}

/** An opened run. */
export interface OpenRun {
  readonly name: string;
  /** Whether it is the page's own example. */
  readonly example: boolean;
  /** Name of the data set; `synthetic` for drawn pictures. */
  readonly dataset: string;
  readonly classes: readonly string[];
  /** Of the model's input, in pixels. */
  readonly input: Size;
  /** The model's configuration; undefined in older runs, of Pyramid-Mamba. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** No score is above it; Infinity where scores have no bound. */
  readonly largestScore: number;
  /** Of the Gaussian that smooths the map, in pixels. */
  readonly sigma: number;
  readonly scale: RunScale;
  readonly items: readonly Item[];
  /** By class, as in the model file or the evaluation. */
  readonly calibration: Readonly<Record<string, Calibration>>;
  /** Why no OK of a class can be trusted, by class; absent where all can. */
  readonly distrust?: Readonly<Record<string, string>> | undefined;
  /** The same by other thresholds, which may find too little of what the self-test drew; absent where its scores are not known. */
  readonly distrustBy?: (className: string, thresholds: VerdictThresholds | undefined) => string | undefined;
  /** Bytes of the run's model file; rejects with a sentence if it is missing. */
  model(): Promise<Uint8Array>;
  /** `metrics.json`; null where the run has none. */
  metrics(): Promise<RunMetrics | null>;
  /** `curves.json`; null where the run has none. */
  curves(): Promise<RunCurves | null>;
}

export type { Calibration, Figures, LevelMap, RunCurves, RunMetrics, RunScale, Size, StoredCurve, Verdict };
