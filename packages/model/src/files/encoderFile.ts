import {
  describeEncoder,
  encoderWeightsFrom,
  inferEncoder,
  seededEncoderWeights,
  type EncoderConfig,
} from '../encoders/registry.js';
import { encoderSeed } from '../encoders/seed.js';
import type { EncoderWeights } from '../encoders/types.js';
import type { TrainConfig } from '../training/config.js';
import { readWeights } from './checkpoints/index.js';

/** An encoder's weights, and the architecture that they have. */
export interface LoadedEncoder {
  readonly weights: EncoderWeights;
  readonly config: EncoderConfig;
  /** For people: `resnet18, width 64, from weights.pth`. */
  readonly line: string;
}

/**
 * The encoder of a training: the weights of a safetensors or .pth file under torchvision's or timm's names, which determine
 * the architecture, or the seeded ones of `config` where no file is given.
 *
 * @throws FormatError for any error in the file
 */
export async function loadEncoder(
  file: { readonly bytes: Uint8Array; readonly where: string } | null,
  config: EncoderConfig,
  train: Pick<TrainConfig, 'random'>,
): Promise<LoadedEncoder> {
  if (file === null) {
    const weights = await seededEncoderWeights(config, encoderSeed(train));
    return { weights, config, line: `seeded ${describeEncoder(config)}, untrained` };
  }
  const { bytes, where } = file;
  const tensors = readWeights(bytes, where);
  const found = inferEncoder(tensors, where);
  return {
    weights: encoderWeightsFrom(tensors, found, where),
    config: found,
    line: `${describeEncoder(found)}, from ${where}`,
  };
}
