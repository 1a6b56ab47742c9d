import {
  describeEncoder,
  encoderSeed,
  encoderWeightsFrom,
  inferEncoderArch,
  readWeights,
  seededEncoderWeights,
  type EncoderConfig,
  type EncoderWeights,
} from '@pyramid-mamba/model';
import type { TrainingRequest } from './types.js';

/** Limit above the size of any ResNet. */
const MAX_BYTES = 2 ** 29;

export interface LoadedEncoder {
  readonly weights: EncoderWeights;
  readonly config: EncoderConfig;
  /** For display. */
  readonly line: string;
}

/** The encoder's weights from the selected file, which determines architecture and width, or the seeded ones. */
export async function loadEncoder(
  picked: TrainingRequest['encoder'],
  config: EncoderConfig,
  train: TrainingRequest['train'],
): Promise<LoadedEncoder> {
  if (picked === null) {
    return {
      weights: await seededEncoderWeights(config, encoderSeed(train)),
      config,
      line: `seeded ${describeEncoder(config)}, untrained`,
    };
  }
  const { file, name } = picked;
  if (file.size > MAX_BYTES) {
    throw new Error(`${name} has ${Math.round(file.size / 2 ** 20)} MiB, more than an encoder may have`);
  }
  const tensors = readWeights(new Uint8Array(await file.arrayBuffer()), name);
  const found = inferEncoderArch(tensors, name);
  return {
    weights: encoderWeightsFrom(tensors, found, name),
    config: found,
    line: `${describeEncoder(found)}, from ${name}`,
  };
}
