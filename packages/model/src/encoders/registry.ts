import { FormatError } from '../errors.js';
import { discriminated } from '../files/discriminated.js';
import type { HostTensor } from '../files/safetensors.js';
import type { Seed } from '../random/streams.js';
import { encoderEngine } from './engine.js';
import type { ResnetConfig } from './resnet/config.js';
import { resnet } from './resnet/index.js';
import type { VitConfig } from './vit/config.js';
import { vit } from './vit/index.js';
import type { AnyEncoderConfig, Encoder, EncoderFamily, EncoderWeights } from './types.js';

/** The configuration of an encoder of a family of this package, discriminated by `family`. */
export type EncoderConfig = ResnetConfig | VitConfig;

const STANDARD = 'resnet';
const families = new Map<string, EncoderFamily>(
  ([resnet, vit] as EncoderFamily[]).map((family) => [family.family, family]),
);

/** Adds a family of encoders. Throws an Error if another one has its name. */
export function registerEncoderFamily(family: EncoderFamily): void {
  const before = families.get(family.family);
  if (before !== undefined && before !== family)
    throw new Error(`an encoder family ${family.family} is registered already.`);
  families.set(family.family, family);
}

/** All families, in the order in which they were registered. */
export const encoderFamilies = (): EncoderFamily[] => [...families.values()];

const unknown = (name: unknown): string =>
  `unknown encoder family ${JSON.stringify(name)}; this program has ${[...families.keys()].join(', ')}`;

/** The family of a configuration. Throws a FormatError where it is not registered. */
export function familyOf({ family = STANDARD }: Pick<AnyEncoderConfig, 'family'>): EncoderFamily {
  const found = families.get(family);
  if (!found) throw new FormatError(`encoder.family: ${unknown(family)}.`);
  return found;
}

/** An encoder's configuration, discriminated by `family`; absent means `resnet`. */
export const encoderConfigSchema = discriminated<EncoderConfig>('family', (name = STANDARD) => {
  const found = typeof name === 'string' ? families.get(name) : undefined;
  return (found as EncoderFamily<EncoderConfig> | undefined)?.configSchema ?? unknown(name);
});

/** The same configuration with its family named, as the first key like in the schemas: a file that is read and written is the same. */
export function withFamily<C extends AnyEncoderConfig>(config: C): C {
  const first = { family: config.family ?? STANDARD };
  return { ...first, ...config, ...first };
}

/** Architecture and size in words, for people. */
export const describeEncoder = <C extends AnyEncoderConfig>(config: C): string =>
  familyOf(config).contract(config).id;

/** An encoder from its weights, see `encoderWeightsFrom` and `seededEncoderWeights`; computed as `useEncoderEngine` says. */
export const createEncoder = <C extends AnyEncoderConfig>(config: C, weights: EncoderWeights): Encoder =>
  (encoderEngine() ?? familyOf(config)).create(config, weights);

/** An encoder's weights from a file's tensors, see `EncoderFamily.weightsFrom`. */
export const encoderWeightsFrom = <C extends AnyEncoderConfig>(
  tensors: ReadonlyMap<string, HostTensor>,
  config: C,
  where: string,
): EncoderWeights => familyOf(config).weightsFrom(tensors, config, where);

/**
 * The configuration of the encoder in a checkpoint, from its names and shapes.
 * @throws FormatError when it is not supported
 */
export function inferEncoder(
  tensors: ReadonlyMap<string, HostTensor>,
  where = 'the encoder file',
): EncoderConfig {
  for (const family of families.values()) {
    const found = family.infer(tensors, where);
    if (found) return found as EncoderConfig;
  }
  throw new FormatError(
    `${where}: conv1.weight with four axes is missing; expected a ResNet (18, 34, 50 or Wide-50-2) with torchvision's tensor names, or a ViT (DINOv2, DINO, DeiT) with those of facebookresearch, Hugging Face or timm.`,
  );
}

/**
 * Weights of an untrained encoder, for use without trained ones (which detect better). Runs a few pictures through the network, so
 * a backend must be ready. The same configuration and seed give the same weights, up to the rounding of the backend.
 */
export function seededEncoderWeights<C extends AnyEncoderConfig>(
  config: C,
  seed: Seed,
): Promise<EncoderWeights> {
  const family = familyOf(config);
  if (family.seeded) return family.seeded(config, seed);
  throw new FormatError(`${describeEncoder(config)} has no untrained weights; give a file of trained ones.`);
}
