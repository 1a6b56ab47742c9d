import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { HostTensor } from '../files/safetensors.js';
import type { HostArray } from '../nn/params.js';
import type { EncoderGraph } from '../onnx/types.js';
import type { Seed } from '../random/streams.js';

/** Feature maps of a batch of pictures, fine to coarse, NHWC: level l is (b, h / strides[l], w / strides[l], channels[l]). */
export type Features = tf.Tensor4D[];

/** Weights by name, PyTorch's layouts. */
export type EncoderWeights = ReadonlyMap<string, HostArray>;

/** How a picture becomes the encoder's input. */
export interface Preprocessing {
  readonly resize: 'bilinear-antialias';
  readonly normalize: 'imagenet';
}

/** What every family's configuration has. An absent family means `resnet`. */
export interface AnyEncoderConfig {
  readonly family?: string | undefined;
  /** The network's name in its family. */
  readonly arch: string;
}

/** What methods read of an encoder; they never ask for a name. */
export interface EncoderContract {
  /** Architecture and size in words, for people: `resnet18, width 64`. */
  readonly id: string;
  /** Of each feature map, fine to coarse. */
  readonly channels: readonly number[];
  /** Pixels of the picture per pixel of each feature map, fine to coarse. */
  readonly strides: readonly number[];
  /** Both sides of a picture must be multiples of it. */
  readonly inputMultiple: number;
  readonly preprocessing: Preprocessing;
}

/** A frozen network that turns pictures into features. */
export interface Encoder<C extends AnyEncoderConfig = AnyEncoderConfig> extends EncoderContract {
  readonly family: string;
  readonly config: C;
  /** Host copy, for the model file. */
  readonly weights: EncoderWeights;
  /**
   * @param images preprocessed RGB, (b, h, w, 3), sides multiples of `inputMultiple`
   * @returns features without gradient, the caller's to dispose
   */
  encode(images: tf.Tensor4D): Features;
  /** For each picture a vector by which products are told apart, from its features, which stay the caller's. */
  prototype(features: Features): Promise<Float32Array[]>;
  dispose(): void;
}

/** A tensor's name and its shape in PyTorch's layout. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A family of encoders: one folder, one line in the registry. */
export interface EncoderFamily<C extends AnyEncoderConfig = AnyEncoderConfig> {
  readonly family: string;
  readonly configSchema: z.ZodType<C>;
  /** Ends of tensor names that every network of the family has, so that it is found in a file under any prefix. */
  readonly marks: readonly [string, ...string[]];
  contract(config: C): EncoderContract;
  create(config: C, weights: EncoderWeights): Encoder<C>;
  /** The tensors of `EncoderWeights`. */
  tensors(config: C): TensorSpec[];
  /**
   * The weights from a checkpoint's tensors by the names of torchvision, timm or the model file.
   * @throws FormatError that names the first tensor that is missing, of another shape, or with numbers no trained network has
   */
  weightsFrom(tensors: ReadonlyMap<string, HostTensor>, config: C, where: string): EncoderWeights;
  /** The configuration of a checkpoint of this family; undefined for one of another. Throws a FormatError for a network it cannot run. */
  infer(tensors: ReadonlyMap<string, HostTensor>, where: string): C | undefined;
  /** Untrained weights; absent where the family has none. Needs a backend. */
  seeded?(config: C, seed: Seed): Promise<EncoderWeights>;
  /** Its encoders as nodes of ONNX, loaded by this call; absent where they cannot be exported. */
  graph?(): Promise<EncoderGraph<C>>;
}
