import { FormatError } from '../../errors.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import type { HostArray } from '../../nn/params.js';
import { randomStream, type Seed } from '../../random/streams.js';
import type { EncoderWeights } from '../types.js';
import { positionName, vitTensors } from './architecture.js';
import type { VitConfig } from './config.js';
import { named } from './names.js';

/**
 * The weights from a checkpoint under the names of facebookresearch, Hugging Face, timm or the model file. Heads and what only training needs are
 * ignored.
 * @throws FormatError that names the first tensor that is missing, of another shape or not finite
 */
export function vitWeightsFrom(
  tensors: ReadonlyMap<string, HostTensor>,
  config: VitConfig,
  where: string,
): EncoderWeights {
  const found = named(tensors)?.tensors ?? tensors;
  const weights = new Map<string, HostArray>();
  for (const { name, shape } of vitTensors(config)) {
    const position = name === positionName(config.interpolation);
    const tensor = found.get(name) ?? (position ? found.get('pos_embed') : undefined);
    if (!tensor)
      throw new FormatError(
        `${where}: tensor ${name} of ${config.arch} is missing; is it another network's file?`,
      );
    if (tensor.shape.join() !== shape.join())
      throw new FormatError(
        `${where}: tensor ${name} must have the shape (${shape.join(', ')}), got (${tensor.shape.join(', ')}).`,
      );
    weights.set(name, { shape, data: floatsOf(tensor, `${where}: ${name}`) });
  }
  return weights;
}

/** Standard deviation of all matrices and tokens of an untrained network, as the published ones begin. */
const DEVIATION = 0.02;

/** Untrained weights: normal matrices, norms and LayerScale that change nothing, biases of 0. */
export function seededVit(config: VitConfig, seed: Seed): Promise<EncoderWeights> {
  const weights = new Map<string, HostArray>();
  for (const { name, shape } of vitTensors(config)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const isOne = /(norm\d?\.weight|\.gamma)$/.test(name);
    const isZero = name.endsWith('.bias');
    const data = isOne || isZero ? new Float32Array(size).fill(isOne ? 1 : 0) : normals(seed, name, size);
    weights.set(name, { shape, data });
  }
  return Promise.resolve(weights);
}

const normals = (seed: Seed, name: string, size: number): Float32Array =>
  randomStream(seed, 'encoder', name).normals(size, DEVIATION);
