import type { Verdict } from '@pyramid-mamba/metrics';
import type { DetectorConfig, EpochRecord, ModelInfo, TrainConfig } from '@pyramid-mamba/model';

export type { TrainingEvent } from '@pyramid-mamba/model';

/** One product's good pictures. */
export interface TrainingProduct {
  readonly name: string;
  readonly pictures: readonly TrainingPicture[];
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

/** A trained model: the file, which Node reads as well, and its judgement of held-back pictures. */
export interface Trained {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: ModelInfo;
  readonly size: number;
  readonly steps: number;
  readonly pictures: readonly JudgedPicture[];
}
