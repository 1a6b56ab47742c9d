import type { Areas, ClassSource, Judgement as InspectJudgement } from '@pyramid-mamba/inspect';
import type { VerdictThresholds } from '@pyramid-mamba/metrics';
import type { ModelInfo, ModelInput } from '@pyramid-mamba/model';

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
  /** What the network sees of a picture. */
  readonly input: ModelInput;
  /** Of the Gaussian over the map, in pixels of the input. */
  readonly sigma: number;
  /** For people: `resnet18, width 64`. */
  readonly encoder: string;
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
  /** The same by product, given or recognised. */
  readonly areasOf?: Readonly<Record<string, Areas>>;
  /** Thresholds by class that replace the model's own. */
  readonly thresholds?: Readonly<Record<string, VerdictThresholds>>;
  /** The picture's name in errors. */
  readonly name?: string;
}

export type { Areas, ClassSource };

/** The judgement of one picture, of a recognised or given product. */
export interface Judgement extends InspectJudgement {
  readonly className: string;
  readonly classSource: ClassSource;
  /** Time of decoding, resizing, network and map, in ms. */
  readonly milliseconds: number;
  /** The `opening` of the model that judged. */
  readonly opening: number;
}
