import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { EncoderConfig } from '../encoders/registry.js';
import type { Encoder, EncoderWeights, Features } from '../encoders/types.js';
import type { HostTensor } from '../files/safetensors.js';
import type { InputConfig, Size } from '../inference/input.js';
import type { LevelMap } from '../inference/levels.js';
import type { HostArray } from '../nn/params.js';
import type { MethodGraph } from '../onnx/types.js';
import type { Seed } from '../random/streams.js';
import type { TrainConfig } from '../training/config.js';
import type { TrainingContext } from '../training/context.js';

/** What makes a full-size map of a picture's levels. */
export interface MapConfig {
  /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
  readonly sigma: number;
}

/** What every method's configuration has; its own keys stand beside these. `inputOf` reads its input. An absent method means `pyramid-mamba`. */
export interface DetectorConfig extends InputConfig {
  readonly method?: string | undefined;
  readonly encoder: EncoderConfig;
  readonly map: MapConfig;
}

export interface Preset<C extends DetectorConfig = DetectorConfig> {
  readonly description: string;
  readonly model: C;
  readonly train: TrainConfig;
}

/** A number of a configuration that requests memory or time, and the most that a model of this method has. */
export interface Extent {
  /** `number of bottleneck blocks`. */
  readonly what: string;
  readonly value: number;
  readonly most: number;
}

/** A parameter's name, and its shape in PyTorch's layout, null where the file decides (a memory bank's rows). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly (number | null)[];
}

/** A method of anomaly detection: one folder, one line in the registry. */
export interface Method<C extends DetectorConfig = DetectorConfig> {
  /** In configurations and files. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly configSchema: z.ZodType<C>;
  /** By name; the first is the default. */
  readonly presets: Readonly<Record<string, Preset<C>>>;
  /** What training reads: the frozen encoder's features, which are computed once, or the pictures. */
  readonly needs: 'features' | 'pictures';
  /** By gradient steps of the training session (`GradientDetector`), by one `fit` (`BankDetector`), or not itself: its members have learnt before. */
  readonly learns: 'steps' | 'bank' | 'members';
  /** A new detector, its parameters drawn by seed. Throws a FormatError if the encoder does not suit the method. */
  create(config: C, encoder: EncoderWeights, seed: Seed): Detector<C>;
  /**
   * A trained detector.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  load(
    config: C,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): Detector<C>;
  /** The configuration with what depends on its encoder's levels as that encoder has them; absent where nothing does. See `withEncoder`. */
  onEncoder?(config: C): C;
  /** Small maps that `levels` gives for a picture. */
  levelCount(config: C): number;
  /** The tensors of `stateDict`. */
  tensors(config: C): ParameterSpec[];
  /** For programs that open strangers' files: checked before anything is allocated. */
  extents(config: C): Extent[];
  /** Both sides of a picture must be multiples of it. */
  inputMultiple(config: C): number;
  /** No score is above it; Infinity where scores have no bound. */
  largestScore(config: C): number;
  /** Whether a score is the maximum of its map, as without this function; else regions are cut by the share of the map's maximum. */
  scoreIsMaximum?(config: C): boolean;
  /**
   * Whether differences of a map's values are rounding by their share of the largest value, so that a map of tiny probabilities is one; else by
   * themselves, as where a value is the difference of larger numbers. See `requireSoundJudgement`.
   */
  readonly roundsByShare?: boolean;
  /** Whether its small maps are resized with aligned corners; else by the centres of their cells. An ensemble's are resized as its members'. */
  readonly alignsCorners?: boolean;
  /**
   * One picture's map and score from its levels, on the host, without a model or a backend.
   *
   * @param size height and width of the map in pixels
   * @param mask height·width, row-major: pixels of 0 are not judged, and 0 in the map. Throws a RangeError where all are 0.
   * @returns the map, row-major
   */
  fuse(
    levels: readonly LevelMap[],
    size: readonly [height: number, width: number],
    map: C['map'],
    mask?: Uint8Array,
  ): { map: Float32Array; score: number };
  /** Its detectors as nodes of ONNX, loaded by this call; absent where they cannot be exported. */
  graph?(config: C): Promise<MethodGraph<C>>;
}

/** See `Detector.origins`. */
export type Origins = ReadonlyMap<string, Int32Array>;

/** A trained or trainable model: a frozen encoder and what the method learns. */
export interface Detector<C extends DetectorConfig = DetectorConfig> {
  /** The method's name. */
  readonly method: string;
  /** With `method` and `encoder.family` named, also where the given one leaves them out. */
  readonly config: C;
  readonly encoder: Encoder;
  /** Preprocessed RGB, (b, h, w, 3), to features, the caller's to dispose. */
  encode(images: tf.Tensor4D): Features;
  /** For each picture the small maps from which `fuse` makes its map. The features stay the caller's. */
  levels(features: Features): Promise<LevelMap[][]>;
  /**
   * The same, each picture judged as if some training pictures had not been learnt from: a training picture is judged as an unseen one
   * where it is left out itself. Absent where a method cannot do so without training again.
   * @param leftOut for each picture of the batch the indices of those training pictures in the `FeatureSource` of the fit
   */
  levelsWithout?(features: Features, leftOut: readonly (readonly number[])[]): Promise<LevelMap[][]>;
  /** Whether `levelsWithout` can be called: a detector that was read from a file may have forgotten what it learnt from which picture. */
  readonly knowsPictures?: boolean;
  /** For a detector that `knowsPictures`: by the name of a tensor of `stateDict` the training picture of each of its rows, which no file holds. */
  readonly origins?: Origins | undefined;
  /** Makes a loaded detector one that `knowsPictures`, with the `origins` of the one that it is a copy of. Throws a RangeError for another's. */
  remember?(origins: Origins): void;
  /** A host copy of what was learnt, PyTorch's layouts, without the encoder. */
  stateDict(): Promise<Map<string, HostArray>>;
  dispose(): void;
}

/** A detector that learns by gradient steps. */
export interface GradientDetector<C extends DetectorConfig = DetectorConfig> extends Detector<C> {
  /** Whether `objective` reads the pictures too (`Method.needs`). */
  readonly needsPictures?: boolean;
  /**
   * The loss of a batch, before its weight. With batch statistics (running ones are updated) and the context's randomness.
   * @param features of the encoder alone
   * @param pictures where `needsPictures`
   */
  objective(features: Features, context: TrainingContext, pictures?: TrainingPictures): tf.Scalar;
  /** Trained parameters by name. */
  trainable(): Map<string, tf.Variable>;
  /** Running statistics by name. */
  buffers(): Map<string, tf.Variable>;
  /** PyTorch's shapes of the trained parameters: 1-D ones have no weight decay. */
  shapes(): Map<string, readonly number[]>;
  /** A parameter's gradient, or the parameter, in PyTorch's layout. */
  toHost(name: string, tensor: tf.Tensor): Promise<HostArray>;
  /**
   * Loads parameters and running statistics. All are checked before the first is changed.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  loadStateDict(tensors: ReadonlyMap<string, HostTensor>, where: string): void;
}

/** A batch's pictures, preprocessed RGB, (b, h, w, 3); the caller's. */
export interface TrainingPictures {
  readonly pictures: tf.Tensor4D;
  /** As many pictures of textures, where the user has some. */
  readonly textures?: tf.Tensor4D | undefined;
}

/** Pictures of textures by index, for methods that draw anomalies. */
export interface TextureSource {
  readonly count: number;
  /** Preprocessed RGB of the input's size, (b, h, w, 3), the caller's to dispose. */
  batch(indices: readonly number[]): Promise<tf.Tensor4D>;
}

/** Features of the training pictures by index, and the pictures themselves. */
export interface FeatureSource {
  readonly count: number;
  /** The caller's to dispose. */
  batch(indices: readonly number[]): Promise<Features>;
  /** Preprocessed RGB, (b, h, w, 3), the caller's to dispose. Absent where a training has features alone: then no method that needs pictures learns. */
  pictures?(indices: readonly number[]): Promise<tf.Tensor4D>;
  readonly textures?: TextureSource | undefined;
  /** The size of each picture within an input that keeps its aspect, see `placed`; absent where pictures fill the input. */
  sizes?(indices: readonly number[]): Promise<readonly Size[]>;
}

export interface FitOptions {
  readonly seed: Seed;
  /** Called with the share that is done, 0 to 1, and what is being done; fitting continues once the promise resolves. */
  readonly onProgress?: (share: number, doing: string) => void | Promise<void>;
  /** Asked between parts of the work: true ends it with an AbortError. */
  readonly stopped?: () => boolean;
}

/** A detector that learns by one pass over the training pictures. */
export interface BankDetector<C extends DetectorConfig = DetectorConfig> extends Detector<C> {
  fit(source: FeatureSource, options: FitOptions): Promise<void>;
  /**
   * Learns from more good pictures what is new in them; it stays as large as it was. It then knows these pictures (`levelsWithout`, by their
   * index in `source`), but no earlier one. Absent where a method cannot.
   */
  extend?(source: FeatureSource, options: ExtendOptions): Promise<Extended>;
}

export interface ExtendOptions extends Omit<FitOptions, 'seed'> {
  /** The largest share of its rows that is exchanged. */
  readonly share: number;
}

/** What a bank exchanged. */
export interface Extended {
  /** Rows that were taken up, and as many given up. */
  readonly rows: number;
  /** The largest Euclidean distance of a row that was given up to one that stayed: no patch is farther from the bank than before by more. */
  readonly farther: number;
}

export const isGradientDetector = (detector: Detector): detector is GradientDetector =>
  'objective' in detector;

export const isBankDetector = (detector: Detector): detector is BankDetector => 'fit' in detector;
