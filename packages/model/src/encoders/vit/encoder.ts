import { layerNorm, linear } from '@pyramid-mamba/ssm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { gelu } from '../../nn/attention/mlp.js';
import { fromTorch } from '../../nn/params.js';
import { coarsestMean } from '../prototype.js';
import type { Encoder, EncoderWeights, Features, Preprocessing } from '../types.js';
import { blockTensors, NORM_EPSILON, positionName, vitContract } from './architecture.js';
import type { VitConfig } from './config.js';
import { positionsFor } from './positions.js';

/** The tensors of one block, by their names relative to it; the LayerScale is part of the layers before it. */
type Block = ReadonlyMap<string, tf.Tensor>;

/** All that a forward pass makes, for comparisons. Tokens are (b, 1 + registers + patches, width): class, registers, patches row by row. */
export interface VitTrace {
  /** (1, 1 + patches, width) */
  readonly positions: tf.Tensor3D;
  readonly tokens: tf.Tensor3D;
  /** After each block. */
  readonly blocks: readonly tf.Tensor3D[];
  /** The last block's after the final norm, which the features do not have. */
  readonly norm: tf.Tensor3D;
}

/** A frozen vision transformer (Dosovitskiy et al. 2021; Oquab et al. 2023): features of one resolution, means of several blocks' outputs. */
export class VitEncoder implements Encoder<VitConfig> {
  readonly family = 'vit';
  readonly id: string;
  readonly channels: readonly number[];
  readonly strides: readonly number[];
  readonly inputMultiple: number;
  readonly preprocessing: Preprocessing;
  private readonly patches: { readonly weight: tf.Tensor4D; readonly bias: tf.Tensor1D };
  /** Class and registers, without their position, (1, 1 + registers, width). */
  private readonly first: tf.Tensor3D;
  private readonly blocks: readonly Block[];
  /** Of the blocks that the features need, in the memory layout of linear layers. */
  private readonly norm: readonly [tf.Tensor1D, tf.Tensor1D];
  private readonly positions = new Map<string, tf.Tensor3D>();

  constructor(
    readonly config: VitConfig,
    /** Host copy, for the model file. */
    readonly weights: EncoderWeights,
  ) {
    const { id, channels, strides, inputMultiple, preprocessing } = vitContract(config);
    this.id = id;
    this.channels = channels;
    this.strides = strides;
    this.inputMultiple = inputMultiple;
    this.preprocessing = preprocessing;
    const { depth, registers } = config;
    this.patches = {
      weight: kept(() =>
        fromTorch(this.host('patch_embed.proj.weight'), this.shape('patch_embed.proj.weight'), 'conv'),
      ) as tf.Tensor4D,
      bias: kept(() => this.plain('patch_embed.proj.bias')) as tf.Tensor1D,
    };
    this.first = kept(() =>
      registers > 0
        ? tf.concat([this.plain('cls_token'), this.plain('register_tokens')], 1)
        : this.plain('cls_token'),
    ) as tf.Tensor3D;
    this.blocks = Array.from({ length: depth }, (_, i) => this.block(`blocks.${i}.`));
    this.norm = [
      kept(() => this.plain('norm.weight')) as tf.Tensor1D,
      kept(() => this.plain('norm.bias')) as tf.Tensor1D,
    ];
  }

  private array(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const found = this.weights.get(name);
    if (!found)
      throw new Error(`encoder: the weights ${name} are missing; create them with encoderWeightsFrom.`);
    return found;
  }
  private host = (name: string): Float32Array => this.array(name).data;
  private shape = (name: string): number[] => [...this.array(name).shape];
  private plain(name: string): tf.Tensor {
    return tf.tensor(this.host(name), this.shape(name));
  }

  private block(prefix: string): Block {
    const found = new Map<string, tf.Tensor>();
    for (const { name } of blockTensors(this.config))
      if (!name.endsWith('.gamma'))
        found.set(
          name,
          kept(() => this.scaled(prefix, name)),
        );
    return found;
  }

  /** A tensor of a block; the last layers of attention and MLP times the LayerScale that follows them. */
  private scaled(prefix: string, name: string): tf.Tensor {
    const tensor = this.plain(prefix + name);
    const gamma = { 'attn.proj': 'ls1.gamma', 'mlp.fc2': 'ls2.gamma' }[name.replace(/\.(weight|bias)$/, '')];
    if (gamma === undefined || this.config.arch === 'vit') return tensor;
    const scale = this.plain(prefix + gamma);
    return tf.mul(tensor, tensor.rank === 2 ? tf.expandDims(scale, 1) : scale);
  }

  /**
   * @param images ImageNet-normalised RGB, (b, h, w, 3), sides multiples of the patch
   * @returns features without gradient, the caller's to dispose
   */
  encode(images: tf.Tensor4D): Features {
    const { levels, patch, width } = this.config;
    const [b, h, w] = images.shape;
    const last = Math.max(...levels.map(([, end]) => end));
    return tf.tidy(() => {
      const outputs: tf.Tensor3D[] = [];
      let x = this.embed(images).tokens;
      for (const block of this.blocks.slice(0, last + 1)) outputs.push((x = this.through(block, x)));
      return levels.map(([start, end]) => {
        const own = outputs.slice(start, end + 1);
        const mean = tf.div(tf.addN(own), own.length) as tf.Tensor3D;
        return tf.reshape(this.patchesOf(mean), [b, h / patch, w / patch, width]);
      });
    });
  }

  /** Every step of a forward pass, all blocks and the final norm; the caller's to dispose. */
  trace(images: tf.Tensor4D): VitTrace {
    return tf.tidy(() => {
      const { positions, tokens } = this.embed(images);
      const blocks: tf.Tensor3D[] = [];
      let x = tokens;
      for (const block of this.blocks) blocks.push((x = this.through(block, x)));
      // positions are kept for the next picture
      return {
        positions: tf.clone(positions),
        tokens,
        blocks,
        norm: layerNorm(x, ...this.norm, NORM_EPSILON),
      };
    });
  }

  /** The tokens of patches alone, (b, patches, width). */
  patchesOf(tokens: tf.Tensor3D): tf.Tensor3D {
    const [b, count, width] = tokens.shape;
    const first = 1 + this.config.registers;
    return tf.slice(tokens, [0, first, 0], [b, count - first, width]);
  }

  /** The mean over the map of the last level. */
  prototype(features: Features): Promise<Float32Array[]> {
    return coarsestMean(features);
  }

  private embed(images: tf.Tensor4D): { positions: tf.Tensor3D; tokens: tf.Tensor3D } {
    const { patch, width, registers } = this.config;
    const [b, h, w] = images.shape;
    const [rows, columns] = [h / patch, w / patch];
    const { weight, bias } = this.patches;
    const cells = tf.add(tf.conv2d(images, weight, patch, 'valid'), bias);
    const positions = this.positionsOf(rows, columns);
    const own = tf.slice(positions, [0, 1, 0], [1, rows * columns, width]);
    const patches = tf.add(tf.reshape(cells, [b, rows * columns, width]), own);
    // the registers have no position
    const classPosition = tf.pad(tf.slice(positions, [0, 0, 0], [1, 1, width]), [
      [0, 0],
      [0, registers],
      [0, 0],
    ]);
    const first = tf.tile(tf.add(this.first, classPosition), [b, 1, 1]);
    return { positions, tokens: tf.concat([first, patches], 1) as tf.Tensor3D };
  }

  /** The position embedding for a grid of patches, with the class token's first; computed once per grid. */
  private positionsOf(rows: number, columns: number): tf.Tensor3D {
    const key = `${rows} ${columns}`;
    let found = this.positions.get(key);
    if (!found) {
      const { interpolation, width } = this.config;
      const data = positionsFor(this.host(positionName(interpolation)), [rows, columns], this.config);
      found = tf.keep(tf.tensor3d(data, [1, 1 + rows * columns, width]));
      this.positions.set(key, found);
    }
    return found;
  }

  private through(block: Block, x: tf.Tensor3D): tf.Tensor3D {
    const get = (name: string): tf.Tensor => block.get(name)!;
    const layer = (input: tf.Tensor, name: string): tf.Tensor =>
      linear(input, get(`${name}.weight`), get(`${name}.bias`) as tf.Tensor1D);
    const norm = (input: tf.Tensor3D, name: string): tf.Tensor3D =>
      layerNorm(
        input,
        get(`${name}.weight`) as tf.Tensor1D,
        get(`${name}.bias`) as tf.Tensor1D,
        NORM_EPSILON,
      );
    const attended = tf.add(
      x,
      layer(this.attend(layer(norm(x, 'norm1'), 'attn.qkv')), 'attn.proj'),
    ) as tf.Tensor3D;
    return tf.add(attended, layer(gelu(layer(norm(attended, 'norm2'), 'mlp.fc1')), 'mlp.fc2'));
  }

  /** softmax(q kᵀ / √each) v per head, from (b, tokens, 3·width): q, k, v, the channels of a head together. */
  private attend(qkv: tf.Tensor): tf.Tensor {
    const { width, heads } = this.config;
    const [b, tokens] = qkv.shape as [number, number];
    const each = width / heads;
    const parts = tf.split(tf.reshape(qkv, [b, tokens, 3, heads, each]), 3, 2);
    const [q, k, v] = parts.map((part) =>
      tf.transpose(tf.reshape(part, [b, tokens, heads, each]), [0, 2, 1, 3]),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const weights = tf.softmax(tf.matMul(tf.mul(q, each ** -0.5), k, false, true));
    return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [b, tokens, width]);
  }

  dispose(): void {
    const { weight, bias } = this.patches;
    tf.dispose([weight, bias, this.first, ...this.norm]);
    for (const block of this.blocks) tf.dispose([...block.values()]);
    for (const positions of this.positions.values()) positions.dispose();
    this.positions.clear();
  }
}

const kept = (make: () => tf.Tensor): tf.Tensor => tf.keep(tf.tidy(make));
