import * as tf from '@tensorflow/tfjs-core';
import { coarsestMean } from '../encoders/prototype.js';
import { familyOf } from '../encoders/registry.js';
import type {
  AnyEncoderConfig,
  Encoder,
  EncoderContract,
  EncoderWeights,
  Features,
  Preprocessing,
} from '../encoders/types.js';
import type { EncoderGraph } from '../onnx/types.js';
import { encoderModel, IMAGES, levelName } from './encoderModel.js';
import type { BoundRuntime, BoundSession } from './runtime.js';

/** Sizes of pictures whose sessions are kept: a whole input and a tile. Each holds the weights once more. */
const SIZES = 2;

export interface NativeOptions {
  readonly runtime: BoundRuntime;
  /** Threads of onnxruntime for one picture; the features are the same with any number. */
  readonly threads: number;
}

/** A frozen encoder that onnxruntime computes: the same configuration, weights and shapes as its family's, features that agree up to rounding. */
export class NativeEncoder<C extends AnyEncoderConfig = AnyEncoderConfig> implements Encoder<C> {
  readonly family: string;
  readonly id: string;
  readonly channels: readonly number[];
  readonly strides: readonly number[];
  readonly inputMultiple: number;
  readonly preprocessing: Preprocessing;
  readonly #contract: EncoderContract;
  /** By size of the picture, the one used last at the end. */
  readonly #sessions = new Map<string, BoundSession>();
  #disposed = false;

  constructor(
    readonly config: C,
    /** Host copy, for the model file. */
    readonly weights: EncoderWeights,
    private readonly graph: EncoderGraph<C>,
    private readonly options: NativeOptions,
  ) {
    const family = familyOf(config);
    this.#contract = family.contract(config);
    this.family = family.family;
    const { id, channels, strides, inputMultiple, preprocessing } = this.#contract;
    this.id = id;
    this.channels = channels;
    this.strides = strides;
    this.inputMultiple = inputMultiple;
    this.preprocessing = preprocessing;
    const missing = family.tensors(config).find(({ name }) => !weights.has(name));
    if (missing)
      throw new Error(
        `encoder: the weights ${missing.name} are missing; create them with encoderWeightsFrom.`,
      );
  }

  /**
   * @param images preprocessed RGB, (b, h, w, 3), sides multiples of `inputMultiple`
   * @returns features without gradient, the caller's to dispose
   */
  encode(images: tf.Tensor4D): Features {
    const [, height, width] = images.shape;
    const feed = new this.options.runtime.Tensor('float32', images.dataSync<'float32'>(), images.shape);
    const names = this.channels.map((_, level) => levelName(level));
    const fetches = Object.fromEntries(names.map((name) => [name, null]));
    const found = this.#session(height, width).run({ [IMAGES]: feed }, fetches, {});
    return names.map((name) => {
      const { data, dims } = found[name]!;
      return tf.tensor4d(data as Float32Array, [...dims] as [number, number, number, number]);
    });
  }

  /** The mean over the map of the coarsest features. */
  prototype(features: Features): Promise<Float32Array[]> {
    return coarsestMean(features);
  }

  #session(height: number, width: number): BoundSession {
    if (this.#disposed) throw new Error(`encoder: ${this.id} was disposed of; create it again.`);
    const key = `${height}x${width}`;
    const known = this.#sessions.get(key);
    this.#sessions.delete(key);
    const session = known ?? this.#opened(height, width);
    this.#sessions.set(key, session);
    for (const [other, old] of this.#sessions) {
      if (this.#sessions.size <= SIZES) break;
      this.#sessions.delete(other);
      old.dispose();
    }
    return session;
  }

  #opened(height: number, width: number): BoundSession {
    const { runtime, threads } = this.options;
    const bytes = encoderModel(this.graph, this.config, this.#contract, this.weights, { height, width });
    const session = runtime.session();
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // its threads would keep the cores busy while TensorFlow.js computes the rest of the network
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return session;
  }

  dispose(): void {
    this.#disposed = true;
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }
}
