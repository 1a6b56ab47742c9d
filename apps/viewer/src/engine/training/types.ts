import type { Verdict } from '@pyramid-mamba/metrics';
import type {
  DetectorConfig,
  EpochRecord,
  ModelInfo,
  TrainConfig,
  TrainingEvent as ModelEvent,
} from '@pyramid-mamba/model';

/** A part of a training in stages. */
export type StageName =
  | 'reading'
  | 'bank'
  | 'bank-test'
  | 'orientation'
  | 'network'
  | 'network-test'
  | 'together';

/** A model of a training in stages; `ensemble`: bank and network together. */
export type StageModel = 'bank' | 'network' | 'ensemble';

/** What a training in the page reports. */
export type TrainingEvent =
  | ModelEvent
  /** How far a part of a training in stages has come. */
  | {
      readonly kind: 'stage';
      readonly stage: StageName;
      /** 0 to 1. */
      readonly share: number;
      /** Of this part, by the speed of the last minute; null while it is unknown. */
      readonly secondsLeft: number | null;
      /** For people: `testing itself: picture 12 of 132`. */
      readonly doing: string;
    }
  /** A model that can be used now, while training goes on. */
  | { readonly kind: 'model'; readonly trained: Trained };

/** One product's pictures. */
export interface TrainingProduct {
  readonly name: string;
  /** Good ones. */
  readonly pictures: readonly TrainingPicture[];
  /** Defective ones, for thresholds and self-test of a training in stages; others ignore them. */
  readonly defective?: readonly TrainingPicture[];
}

export interface TrainingPicture {
  /** Unique among all pictures of the training. */
  readonly id: string;
  readonly file: Blob;
}

/**
 * Where the encoder's weights come from: those that this page ships, a file (safetensors with torchvision's names), or the seeded ones of the
 * model's configuration, without training. Of the first two the network takes the shape.
 */
export type EncoderChoice = 'embedded' | 'untrained' | { readonly file: Blob; readonly name: string };

/** A training, all choices made. */
export interface TrainingRequest {
  /** The name of the model. */
  readonly name: string;
  readonly products: readonly TrainingProduct[];
  readonly model: DetectorConfig;
  readonly train: TrainConfig;
  readonly encoder: EncoderChoice;
}

/** How long the network is trained after the memory bank: seconds; null: not at all; `open`: until it is stopped. */
export type NetworkTime = number | null | 'open';

/** A training in stages: a memory bank, which can be used at once, then a network, which takes over where it tests better. */
export interface StagedRequest {
  /** The name of the model. */
  readonly name: string;
  readonly products: readonly TrainingProduct[];
  readonly time: NetworkTime;
  readonly encoder: EncoderChoice;
  /** Side of the square input, in pixels; by default that of the presets, 256. */
  readonly inputSize?: number | undefined;
  /** By default that of the presets, 1. */
  readonly seed?: number | undefined;
  /** `best`: the network is RD4AD, which outlines defects for the bank; absent: Pyramid-Mamba. As `train --preset`. */
  readonly preset?: 'best' | undefined;
  /** The share of good pictures that may be judged NG. */
  readonly maxFalseRejects?: number | undefined;
  /** Defects drawn for each product in a self-test; by default as many as `budgetOf` gives, 108 of one product. Fewer are for tests. */
  readonly drawn?: number | undefined;
  /** Products whose pictures are also learnt rotated and mirrored; by default that is found out, and kept where it tests better. */
  readonly orientations?: readonly string[] | undefined;
  /** Settings in place of the presets', for tests and experts. */
  readonly stages?: readonly [StageSettings, StageSettings] | undefined;
}

/** A stage's model and training, with the name of the preset that they are made from. */
export interface StageSettings {
  readonly preset: string;
  readonly model: DetectorConfig;
  readonly train: TrainConfig;
}

/** A training in the browser's storage. */
export interface SavedTraining {
  readonly name: string;
  readonly classes: readonly string[];
  readonly inputSize: number;
  /** Epochs done, and in total. */
  readonly epoch: number;
  readonly epochs: number;
  readonly trainingPictures: number;
  readonly heldBack: number;
  readonly history: readonly EpochRecord[];
  /** Whether another tab of the browser has it open: it can be neither resumed nor discarded here. */
  readonly elsewhere: boolean;
  /** Of a training in stages: the model that can be used, and whether training is complete; absent for others. */
  readonly stages?: { readonly usable: StageModel | null; readonly complete: boolean };
}

/** A held-back good picture judged by the trained model. */
export interface JudgedPicture {
  readonly id: string;
  readonly className: string;
  readonly score: number;
  readonly verdict: Verdict | null;
  /** (size, size, 3) 8-bit RGB, and the map over it. */
  readonly rgb: Uint8Array<ArrayBuffer>;
  readonly map: Float32Array<ArrayBuffer>;
}

/** A good picture as the model judges it that has not learnt it, or compares it with the others alone. */
export interface ScoredPicture {
  readonly id: string;
  readonly className: string;
  readonly score: number;
  readonly verdict: Verdict | null;
  /** Reasons not to trust an OK. */
  readonly doubts: readonly string[];
}

/** A trained model: the file, which Node reads as well, and its judgement of held-back pictures. */
export interface Trained {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: ModelInfo;
  readonly size: number;
  readonly steps: number;
  readonly pictures: readonly JudgedPicture[];
  /** All good pictures of its test, as far as they were judged since the page was opened. */
  readonly scored: readonly ScoredPicture[];
  /** Ids of all good pictures that it was not trained on. */
  readonly heldBack: readonly string[];
  /** Of a training in stages: which model this is, and why. */
  readonly stage?: { readonly model: StageModel; readonly sentence: string };
}

/** A defect that the self-test drew on a good picture, and whether the model found it. */
export interface DrawnExample {
  readonly className: string;
  /** Id of the good picture. */
  readonly picture: string;
  readonly kind: string;
  /** Longest side of the defect, as a share of the picture's shorter side. */
  readonly size: number;
  readonly contrast: number;
  readonly found: boolean;
  /** Found, and the map's peak lies on it. */
  readonly placed: boolean;
  /** (height, width, 3) 8-bit RGB, at most 160 pixels on the longer side. */
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array<ArrayBuffer>;
  /** The box around the defect, as shares of width and height. */
  readonly area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}
