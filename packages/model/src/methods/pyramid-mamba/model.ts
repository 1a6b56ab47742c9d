import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, withFamily } from '../../encoders/registry.js';
import type { Encoder, EncoderWeights, Features } from '../../encoders/types.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { LevelMap } from '../../inference/levels.js';
import {
  fromTorch,
  hostSource,
  ParameterStore,
  seededSource,
  toTorch,
  type HostArray,
  type ParameterSource,
} from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import type { TrainingContext } from '../../training/context.js';
import type { GradientDetector } from '../types.js';
import { pyramidMambaConfigSchema, type PyramidMambaConfig } from './config.js';
import { cosineLevels } from './cosineLevels.js';
import { Decoder } from './decoder/decoder.js';
import { reconstructionLoss } from './loss.js';
import { Mff } from './mff.js';
import { networkSizes } from './sizes.js';

/** A Pyramid-Mamba model: frozen encoder, fusion bottleneck, Mamba decoder (paper, figure 1). */
export class PyramidMamba implements GradientDetector<PyramidMambaConfig> {
  readonly method = 'pyramid-mamba';
  readonly encoder: Encoder;
  private readonly store: ParameterStore;
  private readonly mff: Mff;
  private readonly decoder: Decoder;

  readonly config: PyramidMambaConfig;

  private constructor(config: PyramidMambaConfig, weights: EncoderWeights, source: ParameterSource) {
    const first = { method: this.method } as const;
    this.config = { ...first, ...config, ...first, encoder: withFamily(config.encoder) };
    this.encoder = createEncoder(this.config.encoder, weights);
    this.store = new ParameterStore(source);
    try {
      const { mff, decoder } = networkSizes(config, this.encoder);
      this.mff = new Mff(this.store.scope('mff_oce.'), mff);
      this.decoder = new Decoder(this.store.scope('net_s.'), decoder);
    } catch (error) {
      // if a parameter is missing in a file, free those already created
      this.dispose();
      throw error;
    }
  }

  /** A new model; its parameters are initialised as in the authors' code, by seed and name. A training configuration can be the seed. */
  static create(config: PyramidMambaConfig, encoder: EncoderWeights, seed: Seed): PyramidMamba {
    return new PyramidMamba(
      checked(pyramidMambaConfigSchema, config, 'model config'),
      encoder,
      seededSource(seed),
    );
  }

  /**
   * A model with the given parameters.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  static load(
    config: PyramidMambaConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): PyramidMamba {
    return new PyramidMamba(
      checked(pyramidMambaConfigSchema, config, 'model config'),
      encoder,
      hostSource(tensors, where),
    );
  }

  /** ImageNet-normalised RGB, (b, height, width, 3), to the encoder's features. */
  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }

  /**
   * The decoder's reconstruction of the features from the fused ones. With a training context: batch statistics (the running
   * ones are updated), noise and drop path.
   */
  reconstruct(features: Features, training?: TrainingContext): Features {
    return tf.tidy(() => this.decoder.apply(this.mff.apply(features, training), training));
  }

  /** Σ over the levels of mean((teacher − student)²). */
  objective(features: Features, training: TrainingContext): tf.Scalar {
    return tf.tidy(() => reconstructionLoss(features, this.reconstruct(features, training)));
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

  /** Trained parameters under the authors' state-dict names. */
  trainable(): Map<string, tf.Variable> {
    return new Map([...this.store.trainable].map(([name, p]) => [name, p.variable]));
  }

  /** Running statistics under the authors' state-dict names. */
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
