import type { EncoderConfig } from '../../config.js';
import { FormatError } from '../../errors.js';
import { requireVariance, type HostArray } from '../../nn/params.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import { requireFiniteRange } from './range.js';

/** Folded weights by name: `conv1.weight` (out, in, h, w), `conv1.bias`, `layer1.0.conv1.weight`, … */
export type EncoderWeights = ReadonlyMap<string, HostArray>;

/** A convolution of the encoder: its name, its BatchNorm's name in torchvision's checkpoints, and its shape (out, in, h, w). */
export interface EncoderConv {
  readonly name: string;
  readonly norm: string;
  readonly shape: readonly [number, number, number, number];
}

/** Residual blocks of layer1, layer2, layer3; the paper does not use layer4. */
export const BLOCKS: Readonly<Record<EncoderConfig['arch'], readonly [number, number, number]>> = {
  resnet18: [2, 2, 2],
  resnet34: [3, 4, 6],
};

const BN_EPSILON = 1e-5;

/** Channels of the three features. */
export function encoderChannels({ width }: EncoderConfig): [number, number, number] {
  return [width, 2 * width, 4 * width];
}

/** Every convolution of the encoder, in order. */
export function encoderConvs(config: EncoderConfig): EncoderConv[] {
  const channels = encoderChannels(config);
  const convs: EncoderConv[] = [{ name: 'conv1', norm: 'bn1', shape: [config.width, 3, 7, 7] }];
  BLOCKS[config.arch].forEach((blocks, layer) => {
    const c = channels[layer]!;
    for (let i = 0; i < blocks; i++) {
      const block = `layer${layer + 1}.${i}`;
      const inputs = i > 0 || layer === 0 ? c : channels[layer - 1]!;
      convs.push({ name: `${block}.conv1`, norm: `${block}.bn1`, shape: [c, inputs, 3, 3] });
      convs.push({ name: `${block}.conv2`, norm: `${block}.bn2`, shape: [c, c, 3, 3] });
      if (inputs !== c)
        convs.push({
          name: `${block}.downsample.0`,
          norm: `${block}.downsample.1`,
          shape: [c, inputs, 1, 1],
        });
    }
  });
  return convs;
}

/**
 * The encoder's weights from a checkpoint with torchvision's tensor names, BatchNorm folded into the convolutions here, or
 * already folded in the file (a `bias` beside each convolution's `weight`). Tensors of layer4 and fc are ignored.
 *
 * @throws FormatError that names the first tensor that is missing, of another shape, or with numbers no trained network has
 */
export function encoderWeightsFrom(
  tensors: ReadonlyMap<string, HostTensor>,
  config: EncoderConfig,
  where: string,
): EncoderWeights {
  const get = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor)
      throw new FormatError(
        `${where}: tensor ${name} of ${config.arch} is missing; is it another network's file?`,
      );
    if (tensor.shape.length !== shape.length || tensor.shape.some((s, i) => s !== shape[i]))
      throw new FormatError(
        `${where}: tensor ${name} must have the shape (${shape.join(', ')}), got (${tensor.shape.join(', ')}).`,
      );
    return floatsOf(tensor, `${where}: ${name}`);
  };
  const weights = new Map<string, HostArray>();
  for (const { name, norm, shape } of encoderConvs(config)) {
    const kernel = get(`${name}.weight`, shape);
    const out = shape[0];
    let folded: { weight: Float32Array; bias: Float32Array };
    if (tensors.has(`${name}.bias`)) folded = { weight: kernel, bias: get(`${name}.bias`, [out]) };
    else {
      const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
        get(`${norm}.${part}`, [out]),
      );
      requireVariance(variance!, `${where}: ${norm}.running_var`);
      folded = foldBatchNorm(kernel, gamma!, beta!, mean!, variance!);
      for (const numbers of [folded.weight, folded.bias])
        if (!numbers.every(Number.isFinite))
          throw new FormatError(
            `${where}: ${name} with its normalisation ${norm} gives weights that are not finite; the file is damaged: ` +
              'download it again.',
          );
    }
    weights.set(`${name}.weight`, { shape, data: folded.weight });
    weights.set(`${name}.bias`, { shape: [out], data: folded.bias });
  }
  requireFiniteRange(weights, config, where);
  return weights;
}

/** A convolution and its BatchNorm folded into one convolution with bias. `kernel` is (out, …), the rest (out). */
export function foldBatchNorm(
  kernel: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
): { weight: Float32Array; bias: Float32Array } {
  const each = kernel.length / gamma.length;
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i]! + BN_EPSILON));
  return {
    weight: kernel.map((x, i) => x * scale[Math.floor(i / each)]!),
    bias: beta.map((b, i) => b - mean[i]! * scale[i]!),
  };
}

/**
 * The architecture of a checkpoint, from its names and shapes.
 * @throws FormatError when it is not supported
 */
export function inferEncoderArch(
  tensors: ReadonlyMap<string, HostTensor>,
  where = 'the encoder file',
): EncoderConfig {
  const stem = tensors.get('conv1.weight');
  if (!stem || stem.shape.length !== 4 || stem.shape[0]! < 1)
    throw new FormatError(
      `${where}: conv1.weight with four axes is missing; expected a ResNet18 or ResNet34 with torchvision's tensor names.`,
    );
  const arch = tensors.has('layer3.5.conv1.weight') ? 'resnet34' : 'resnet18';
  if (tensors.has('layer1.0.conv3.weight'))
    throw new FormatError(
      `${where}: this network has bottleneck blocks (ResNet50 or larger); use a ResNet18 or ResNet34.`,
    );
  return { arch, width: stem.shape[0]! };
}

/** A hash of every name, shape and bit of the weights, 16 hexadecimal digits; the key of the feature cache. */
export function encoderFingerprint(weights: EncoderWeights): string {
  // two FNV-1a lanes with different bases; 64 bits distinguish the encoders of one cache
  let a = 0x811c9dc5;
  let b = 0x1000193;
  const add = (word: number): void => {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word + 0x9e3779b9), 0x85ebca6b);
    b ^= b >>> 13;
  };
  for (const [name, { shape, data }] of [...weights].sort(([x], [y]) => (x < y ? -1 : 1))) {
    for (let i = 0; i < name.length; i++) add(name.charCodeAt(i));
    shape.forEach(add);
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
    for (let i = 0; i < words.length; i++) add(words[i]!);
  }
  return [a, b].map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
}
