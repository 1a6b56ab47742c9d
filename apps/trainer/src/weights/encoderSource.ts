import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  describeEncoder,
  encoderSeed,
  encoderWeightsFrom,
  inferEncoderArch,
  readWeights,
  seededEncoderWeights,
  type EncoderWeights,
  type ModelConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { MOST, RunError } from '@pyramid-mamba/runs';
import { readRegular } from '@pyramid-mamba/runs/node';
import { UserError } from '../errors.js';
import { defaultCacheFolder, requireOwnCache } from '../training/featureCache.js';
import { findWeights } from './catalogue.js';

/** The bytes of a user's file; throws a UserError with the reason if it cannot be read. Pipes and devices are refused without waiting. */
export async function readUserFile(path: string, option: string): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readRegular(path, MOST.model);
  } catch (error) {
    if (error instanceof RunError) throw new UserError(`${option}: ${error.message}`, { cause: error });
    throw error;
  }
  if (bytes) return Uint8Array.from(bytes);
  throw new UserError(`${option}: ${path} cannot be read: there is no such file; check the path`);
}

/** The path of weights from the catalogue. */
export function cachedWeights(name: string): string {
  return join(defaultCacheFolder(), 'weights', `${name}.safetensors`);
}

/**
 * The form of `--encoder` in `config.json`: an absolute path. A name of the catalogue means the file from `weights fetch`, even if the
 * working directory has a file of that name, which is `./resnet34`.
 */
export function encoderLocation(encoder: string): string {
  if (findWeights(encoder) === undefined) return resolve(encoder);
  const cached = cachedWeights(encoder);
  if (!existsSync(cached)) {
    throw new UserError(
      `--encoder: ${encoder} is not in the cache (${cached}); download it with \`pyramid-mamba weights fetch ${encoder}\`, or pass a file` +
        (existsSync(encoder) ? ` (./${encoder} for the one in this folder)` : ''),
    );
  }
  requireOwnCache(dirname(cached));
  return cached;
}

export interface LoadedEncoder {
  weights: EncoderWeights;
  /** Architecture and width of the weights: they override the preset's. */
  config: ModelConfig['encoder'];
  /** What to tell the user. */
  line: string;
}

/** Encoder weights from a safetensors or .pth file with torchvision's tensor names, or the seeded ones if `file` is null. */
export async function loadEncoder(
  file: string | null,
  config: ModelConfig['encoder'],
  train: Pick<TrainConfig, 'random'>,
): Promise<LoadedEncoder> {
  if (file === null) {
    return {
      weights: await seededEncoderWeights(config, encoderSeed(train)),
      config,
      line:
        `encoder: seeded ${describeEncoder(config)}, untrained (no --encoder given; ` +
        'weights trained on ImageNet detect better)',
    };
  }
  const tensors = readWeights(await readUserFile(file, '--encoder'), file);
  const found = inferEncoderArch(tensors, file);
  const [own, preset] = [describeEncoder(found), describeEncoder(config)];
  return {
    weights: encoderWeightsFrom(tensors, found, file),
    config: found,
    line: `encoder: ${own}, from ${file}` + (own === preset ? '' : ` (instead of the preset's ${preset})`),
  };
}
