import {
  encoderSeed,
  encoderWeightsFrom,
  inferEncoderArch,
  readWeights,
  seededEncoderWeights,
  type EncoderConfig,
  type EncoderWeights,
} from '@pyramid-mamba/model';
import type { TrainingRequest } from './types.js';

/** No ResNet we know of is larger. */
const MAX_BYTES = 2 ** 29;

export interface LoadedEncoder {
  readonly weights: EncoderWeights;
  readonly config: EncoderConfig;
  /** For people. */
  readonly line: string;
}

/** The encoder's weights from the picked file, whose kind and width then count, or the seeded ones. */
export async function loadEncoder(
  picked: TrainingRequest['encoder'],
  config: EncoderConfig,
  train: TrainingRequest['train'],
): Promise<LoadedEncoder> {
  if (picked === null) {
    return {
      weights: await seededEncoderWeights(config, encoderSeed(train)),
      config,
      line: `seeded ${config.arch}, width ${config.width}, untrained`,
    };
  }
  const { file, name } = picked;
  if (file.size > MAX_BYTES) {
    throw new Error(`${name} has ${Math.round(file.size / 2 ** 20)} MiB, more than an encoder can have`);
  }
  const tensors = readWeights(new Uint8Array(await file.arrayBuffer()), name);
  const found = inferEncoderArch(tensors, name);
  return {
    weights: encoderWeightsFrom(tensors, found, name),
    config: found,
    line: `${found.arch}, width ${found.width}, from ${name}`,
  };
}
