import { loadEncoder as loadWeights, type EncoderConfig, type LoadedEncoder } from '@pyramid-mamba/model';
import type { TrainingRequest } from './types.js';

/** Limit above the size of any ResNet. */
const MAX_BYTES = 2 ** 29;

/** The encoder of the selected file, or the seeded one. */
export async function loadEncoder(
  picked: TrainingRequest['encoder'],
  config: EncoderConfig,
  train: TrainingRequest['train'],
): Promise<LoadedEncoder> {
  if (picked === null) return loadWeights(null, config, train);
  const { file, name } = picked;
  if (file.size > MAX_BYTES) {
    throw new Error(`${name} has ${Math.round(file.size / 2 ** 20)} MiB, more than an encoder may have`);
  }
  return loadWeights({ bytes: new Uint8Array(await file.arrayBuffer()), where: name }, config, train);
}
