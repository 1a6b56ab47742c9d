import type { Region, Verdict, VerdictThresholds } from '@pyramid-mamba/metrics';
import type { Calibration, LevelMap, loadModel, Size } from '@pyramid-mamba/model';
import type { RgbImage } from '@pyramid-mamba/data';
import type { Areas } from './areas/index.js';

/** A loaded model. */
export type Model = ReturnType<typeof loadModel>['model'];

/** What is known about a picture's product: a person gave it, or the picture's folder has its name. */
export type ProductHint = { readonly given: string } | { readonly folder: string };

/** How a picture's class was chosen: given, the model's only one, named by the picture's folder, or the one whose training pictures are nearest. */
export type ClassSource = 'given' | 'only' | 'folder' | 'nearest';

/** The parts of sentences that name the next step, which differs between a command line and a page. */
export interface NextSteps {
  /** After "the model cannot recognise the product: ". */
  readonly product: string;
  /** After "the network computed values that are not finite, so there is no verdict; ". */
  readonly invalid: string;
  /** After "…, so the model has not learnt them; ". */
  readonly notLearnt: string;
}

/** A picture to judge, and what is known about it. */
export interface InspectedPicture {
  /** Upright, any size. */
  readonly image: RgbImage;
  /** The product, if it is known; by default the model recognises it. */
  readonly product?: ProductHint | undefined;
  /** The judged part of the picture, by default all of it; of it what the model file's areas of the product judge. */
  readonly areas?: Areas | undefined;
  /** The same by product, given or recognised; `areas` goes before it. */
  readonly areasOf?: Readonly<Record<string, Areas>> | undefined;
  /** Thresholds by class that replace the model's own. */
  readonly thresholds?: Readonly<Record<string, VerdictThresholds>> | undefined;
}

/** The decision on a score, and the reasons not to trust it. */
export interface Decision {
  /** null if undecided; `doubts` then gives the reasons. */
  readonly verdict: Verdict | null;
  /** Reasons not to trust an OK, one sentence each; a verdict with a doubt is REVIEW, NG or UNKNOWN. */
  readonly doubts: readonly string[];
}

/** The measurement of a picture, before thresholds. */
export interface Measured {
  /** null if the model cannot recognise the product. */
  readonly className: string | null;
  /** Of the judged areas. */
  readonly score: number;
  /** Anomaly map of the whole picture, row-major, smoothed; 0 in excluded areas. */
  readonly map: Float32Array;
  /** Of the map, in pixels: the picture's size within the model's input. */
  readonly size: Size;
  /** Of the picture, upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Reasons not to trust an OK, one sentence each. */
  readonly doubts: readonly string[];
  /** No score of the model is above it; Infinity where scores have no bound. */
  readonly largestScore: number;
  /** Whether the score is the maximum of the map, the default; see `mapThreshold`. */
  readonly scoreIsMaximum?: boolean;
}

/** What thresholds make of a measurement. */
export interface Conclusion extends Decision {
  /** The thresholds of the verdict; null if the model has none for the class. */
  readonly calibration: Calibration | null;
  /** Where the map reaches the review threshold (`mapThreshold`), in descending order of peak, in pixels of the picture; none without thresholds. */
  readonly regions: readonly Region[];
}

/** Where the part of a picture was found, compared with where the model expects it. */
export interface FoundPart {
  /** To the right and down, in pixels of the picture. */
  readonly x: number;
  readonly y: number;
  /** Clockwise, in degrees, about the picture's centre, before it is moved. */
  readonly turn: number;
  /** Of the edges in the picture with those of good ones, at most 1. */
  readonly agreement: number;
  /** Whether it was found whole and within reach; where not, the verdict is never OK. */
  readonly found: boolean;
}

/** The judgement of one picture. */
export interface Judgement extends Measured, Conclusion {
  readonly classSource: ClassSource | null;
  /** The small maps from which the method makes the map. */
  readonly levels: readonly LevelMap[];
  /** Of a model that locates. */
  readonly located?: FoundPart;
}
