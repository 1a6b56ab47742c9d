import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EMBEDDED_ENCODER, fitsEmbedded, isEmbeddedId } from '@pyramid-mamba/encoder-weights';
import { readEmbeddedEncoder } from '@pyramid-mamba/encoder-weights/node';
import {
  describeEncoder,
  inferEncoder,
  loadEncoder as loadWeights,
  readWeights,
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

/** The names of `--encoder` that are neither files nor downloads: the weights in this program, and seeded ones without training. */
export const EMBEDDED = 'embedded';
export const UNTRAINED = 'untrained';

/** The help of `--encoder`. */
export const ENCODER_OPTION = [
  '--encoder <name>',
  `encoder weights: ${EMBEDDED} (usual), ${UNTRAINED}, a name of \`weights list\`, or a file`,
] as const;

/**
 * The form of `--encoder` in `config.json`: the id of embedded weights, null for the seeded ones, or an absolute path. A name of the catalogue
 * means the file from `weights fetch`. A name stands for itself even if the working directory has a file of that name, which is `./resnet34`.
 */
export function encoderLocation(encoder: string | null): string | null {
  if (encoder === null || encoder === UNTRAINED) return null;
  if (encoder === EMBEDDED) return EMBEDDED_ENCODER.id;
  if (isEmbeddedId(encoder)) return encoder;
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

/** What a new run takes without `--encoder`: the embedded weights, or the seeded ones where the configured encoder has another shape. */
export const defaultEncoder = (config: EncoderConfig): string | null =>
  fitsEmbedded(config) ? EMBEDDED_ENCODER.id : null;

/**
 * The configuration of the encoder in a file, where its family is not the configured one's: settings then follow from it (`withEncoder`) before they are
 * checked. Undefined for an encoder of the configured family, which takes its place without further changes.
 */
export async function foreignEncoder(
  file: string | null,
  { family = 'resnet' }: EncoderConfig,
): Promise<EncoderConfig | undefined> {
  if (file === null || isEmbeddedId(file)) return undefined;
  const found = inferEncoder(readWeights(await readUserFile(file, '--encoder'), file), file);
  return (found.family ?? 'resnet') === family ? undefined : found;
}

/** The bytes of the embedded weights called `id`; throws a UserError where this version has others. */
async function embedded(id: string): Promise<Uint8Array> {
  if (id !== EMBEDDED_ENCODER.id)
    throw new UserError(
      `--encoder: ${id} belongs to another version of this program, which has ${EMBEDDED_ENCODER.id}; ` +
        'continue with that version, or train again',
    );
  return readEmbeddedEncoder();
}

/**
 * The encoder at a location (see `encoderLocation`), the seeded one for null. Its line says where it is not the preset's, and why it is
 * untrained.
 */
export async function loadEncoder(
  file: string | null,
  config: EncoderConfig,
  train: Pick<TrainConfig, 'random'>,
): Promise<LoadedEncoder> {
  if (file === null) {
    const found = await loadWeights(null, config, train);
    const note = fitsEmbedded(config)
      ? `trained weights detect better: --encoder ${EMBEDDED}`
      : `the embedded weights are those of a ${describeEncoder(EMBEDDED_ENCODER.config)}; ` +
        `trained ones detect better: --encoder ${EMBEDDED}, or a file`;
    return { ...found, line: `encoder: ${found.line} (${note})` };
  }
  const isEmbedded = isEmbeddedId(file);
  const bytes = isEmbedded ? await embedded(file) : await readUserFile(file, '--encoder');
  const found = await loadWeights(
    { bytes, where: isEmbedded ? `this program (${file})` : file },
    config,
    train,
  );
  const [own, preset] = [describeEncoder(found.config), describeEncoder(config)];
  return {
    ...found,
    line: `encoder: ${found.line}${own === preset ? '' : ` (instead of the preset's ${preset})`}`,
  };
}
