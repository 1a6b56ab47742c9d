import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  describeEncoder,
  loadEncoder as loadWeights,
  type EncoderConfig,
  type LoadedEncoder,
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

/** The encoder of `--encoder`, or the seeded one if `file` is null. Its line says where it is not the preset's. */
export async function loadEncoder(
  file: string | null,
  config: EncoderConfig,
  train: Pick<TrainConfig, 'random'>,
): Promise<LoadedEncoder> {
  const given = file === null ? null : { bytes: await readUserFile(file, '--encoder'), where: file };
  const found = await loadWeights(given, config, train);
  const [own, preset] = [describeEncoder(found.config), describeEncoder(config)];
  const note =
    file === null
      ? ' (no --encoder given; weights trained on ImageNet detect better)'
      : own === preset
        ? ''
        : ` (instead of the preset's ${preset})`;
  return { ...found, line: `encoder: ${found.line}${note}` };
}
