import { FormatError } from '../../errors.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import { requireVariance, type HostArray } from '../../nn/params.js';
import type { EncoderWeights } from '../types.js';
import { ARCHITECTURES, resnetConvs } from './architecture.js';
import type { ResnetConfig } from './config.js';
import { requireModerateMoments } from './moments.js';
import { requireFiniteRange } from './range.js';

const BN_EPSILON = 1e-5;

/**
 * Folded weights by name (`conv1.weight` (out, in, h, w), `conv1.bias`, `layer1.0.conv1.weight`, …) from a checkpoint with
 * torchvision's tensor names, BatchNorm folded into the convolutions here, or already folded in the file (a `bias` beside each convolution's `weight`). Tensors of layer4 and fc are ignored.
 *
 * @throws FormatError that names the first tensor that is missing, of another shape, or with numbers no trained network has
 */
export function resnetWeightsFrom(
  tensors: ReadonlyMap<string, HostTensor>,
  config: ResnetConfig,
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
  for (const { name, norm, shape } of resnetConvs(config)) {
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
  const requireFinite =
    ARCHITECTURES[config.arch].inner === undefined ? requireFiniteRange : requireModerateMoments;
  requireFinite(weights, config, where);
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
