import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, withFamily } from '../../encoders/registry.js';
import type { Encoder, EncoderContract, EncoderWeights, Features } from '../../encoders/types.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { LevelMap } from '../../inference/levels.js';
import {
  fromTorch,
  hostSource,
  ParameterStore,
  toTorch,
  type HostArray,
  type ParameterSource,
} from '../../nn/params.js';
import type { TrainingContext } from '../../training/context.js';
import type { DetectorConfig, GradientDetector } from '../types.js';
import { cosineLevels } from './cosineLevels.js';
import { hardMinedCosineLoss } from './hardMined.js';

/**
 * A network that rebuilds the encoder's features. With a training context: batch statistics (the running ones are updated) and the
 * context's randomness.
 */
export type Student = (features: Features, training?: TrainingContext) => Features;

/** Builds the student of an encoder; its parameters come from the store, under the names of the method's published checkpoints. */
export type StudentBuilder = (store: ParameterStore, encoder: EncoderContract) => Student;

/** The loss of a batch, before its weight. */
export type ReconstructionLoss = (teacher: Features, student: Features) => tf.Scalar;

/**
 * What methods share that train a student to rebuild the features of a frozen encoder: where the student fails, a picture is anomalous.
 * Per level a small map of 1 − cosine similarity.
 */
export class ReconstructionDetector<C extends DetectorConfig> implements GradientDetector<C> {
  readonly config: C;
  readonly encoder: Encoder;
  private readonly store: ParameterStore;
  private readonly student: Student;

  protected constructor(
    readonly method: string,
    config: C,
    weights: EncoderWeights,
    source: ParameterSource,
    build: StudentBuilder,
    private readonly loss: ReconstructionLoss,
  ) {
    const first = { method };
    this.config = { ...first, ...config, ...first, encoder: withFamily(config.encoder) };
    this.encoder = createEncoder(this.config.encoder, weights);
    this.store = new ParameterStore(source);
    try {
      this.student = build(this.store, this.encoder);
    } catch (error) {
      // if a parameter is missing in a file, free those already created
      this.dispose();
      throw error;
    }
  }

  /** ImageNet-normalised RGB, (b, height, width, 3), to the encoder's features. */
  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }

  /**
   * The student's reconstruction of the features. With a training context: batch statistics (the running ones are updated) and the
   * context's randomness.
   */
  reconstruct(features: Features, training?: TrainingContext): Features {
    return tf.tidy(() => this.student(features, training));
  }

  /** The method's loss of features and reconstruction, or that of the context's hard mining. */
  objective(features: Features, training: TrainingContext): tf.Scalar {
    return tf.tidy(() => {
      const rebuilt = this.reconstruct(features, training);
      const { mining } = training;
      return mining ? hardMinedCosineLoss(features, rebuilt, mining) : this.loss(features, rebuilt);
    });
  }

  /** 1 − cosine similarity of features and reconstruction per level. */
  async levels(features: Features): Promise<LevelMap[][]> {
    const rebuilt = this.reconstruct(features);
    try {
      return await cosineLevels(features, rebuilt);
    } finally {
      tf.dispose(rebuilt);
    }
  }

  /** Trained parameters under the names of the method's published checkpoints. */
  trainable(): Map<string, tf.Variable> {
    return new Map([...this.store.trainable].map(([name, p]) => [name, p.variable]));
  }

  /** Running statistics under the names of the method's published checkpoints. */
  buffers(): Map<string, tf.Variable> {
    return new Map([...this.store.buffers].map(([name, p]) => [name, p.variable]));
  }

  /** PyTorch's shapes of the trained parameters: 1-D ones have no weight decay. */
  shapes(): Map<string, readonly number[]> {
    return new Map([...this.store.trainable].map(([name, p]) => [name, p.shape]));
  }

  /** A parameter's gradient in PyTorch's layout. */
  async toHost(name: string, tensor: tf.Tensor): Promise<HostArray> {
    const parameter = this.store.trainable.get(name) ?? this.store.buffers.get(name);
    if (!parameter) throw new Error(`unknown parameter ${name}.`);
    return { shape: parameter.shape, data: await toTorch(tensor, parameter.layout) };
  }

  /** A host copy of parameters and running statistics, PyTorch's layouts. */
  async stateDict(): Promise<Map<string, HostArray>> {
    const all = [...this.store.trainable, ...this.store.buffers];
    return new Map(
      await Promise.all(all.map(async ([name, p]) => [name, await this.toHost(name, p.variable)] as const)),
    );
  }

  /**
   * Loads parameters and running statistics from host tensors. All are checked before the first is changed.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  loadStateDict(tensors: ReadonlyMap<string, HostTensor>, where: string): void {
    const all = [...this.store.trainable, ...this.store.buffers];
    const source = hostSource(tensors, where);
    const data = all.map(([name, { shape }]) => source(name, shape));
    all.forEach(([, { variable, shape, layout }], i) =>
      tf.tidy(() => variable.assign(fromTorch(data[i]!, shape, layout))),
    );
  }

  dispose(): void {
    this.encoder.dispose();
    this.store.dispose();
  }
}
