import type { Verdict } from '@pyramid-mamba/metrics';
import type { Calibration, LevelMap } from '@pyramid-mamba/model';
import type { PictureFile } from './readFile.js';

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
  /** Raw image score: the maximum of the anomaly map. */
  readonly score: number;
  /** Whether there is a mask of the true defect. */
  readonly hasMask: boolean;
  /** The picture at the model's input size, not yet read: `readPicture` does, here or in a worker. */
  image(): Promise<PictureFile>;
  /** The true defect at the model's input size, white on black; null if the data set has none. */
  mask(): Promise<Blob | null>;
  /** The small maps, fine to coarse, from which the model package's `anomalyMap` makes the full one; null where the run has none. */
  levels(): Promise<LevelMap[] | null>;
}

/** The anomaly scores of the first and the last colour: each class has its own start, all share one span. */
export interface RunScale {
  readonly low: Readonly<Record<string, number>>;
  readonly span: number;
}

/** The seven figures of a class, fractions of 1; null if undefined. */
export interface Figures {
  readonly image: Readonly<Record<'auroc' | 'ap' | 'f1max', number | null>>;
  readonly pixel: Readonly<Record<'auroc' | 'ap' | 'f1max' | 'aupro', number | null>>;
}

/** A run's `metrics.json`. */
export interface RunMetrics {
  readonly protocol: string;
  readonly mean: Figures;
  readonly classes: Readonly<Record<string, Figures>>;
  /** Why figures are undefined, by path, e.g. `bottle.pixel.aupro`. */
  readonly undefined?: Readonly<Record<string, string>> | undefined;
}

/** Points of a pixel curve: x, y, and, in newer runs, the threshold of the point. */
export type StoredCurve = readonly (readonly [x: number, y: number, threshold?: number])[];

/** A run's `curves.json`: pixel curves by class, the PRO curve up to a false positive rate of 0.3. */
export type RunCurves = Readonly<Record<string, Readonly<Record<'roc' | 'pr' | 'pro', StoredCurve>>>>;

/** An opened run. */
export interface OpenRun {
  readonly name: string;
  /** Whether it is the page's own example. */
  readonly example: boolean;
  /** Name of the data set; `synthetic` for drawn pictures. */
  readonly dataset: string;
  readonly classes: readonly string[];
  /** Width and height in pixels of the pictures and maps. */
  readonly size: number;
  /** Of the Gaussian that smooths the map, in pixels. */
  readonly sigma: number;
  readonly scale: RunScale;
  readonly items: readonly Item[];
  /** By class, as in the model file or the evaluation. */
  readonly calibration: Readonly<Record<string, Calibration>>;
  /** Bytes of the run's model file; rejects with a sentence if it is missing. */
  model(): Promise<Uint8Array>;
  /** `metrics.json`; null where the run has none. */
  metrics(): Promise<RunMetrics | null>;
  /** `curves.json`; null where the run has none. */
  curves(): Promise<RunCurves | null>;
}

export type { Calibration, LevelMap, Verdict };
