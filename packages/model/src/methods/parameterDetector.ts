import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, withFamily } from '../encoders/registry.js';
import type { Encoder, EncoderWeights, Features } from '../encoders/types.js';
import type { HostTensor } from '../files/safetensors.js';
import {
  fromTorch,
  hostSource,
  ParameterStore,
  toTorch,
  type HostArray,
  type ParameterSource,
} from '../nn/params.js';
import type { DetectorConfig } from './types.js';

/** What detectors share that learn parameters by gradient steps: a frozen encoder, and parameters by the names of the method's published checkpoints. */
export abstract class ParameterDetector<C extends DetectorConfig> {
  readonly config: C;
  readonly encoder: Encoder;
  protected readonly store: ParameterStore;

  protected constructor(
    readonly method: string,
    config: C,
    weights: EncoderWeights,
    source: ParameterSource,
  ) {
    const first = { method };
    this.config = { ...first, ...config, ...first, encoder: withFamily(config.encoder) };
    this.encoder = createEncoder(this.config.encoder, weights);
    this.store = new ParameterStore(source);
  }

  /** Builds the networks. If a parameter is missing in a file, those already created are freed. */
  protected built<T>(build: (store: ParameterStore, encoder: Encoder) => T): T {
    try {
      return build(this.store, this.encoder);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** ImageNet-normalised RGB, (b, height, width, 3), to the encoder's features. */
  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
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
