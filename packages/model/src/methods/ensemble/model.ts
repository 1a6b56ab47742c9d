import type * as tf from '@tensorflow/tfjs-core';
import { createEncoder, withFamily } from '../../encoders/registry.js';
import type { Encoder, EncoderWeights, Features } from '../../encoders/types.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import { inputOf, withInput } from '../../inference/input.js';
import type { LevelMap } from '../../inference/levels.js';
import type { HostArray } from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import type { Detector, DetectorConfig, Origins } from '../types.js';
import {
  ensembleConfigSchema,
  memberConfigs,
  NAME,
  ownSettings,
  type EnsembleConfig,
  type EnsembleMapConfig,
  type Methods,
} from './config.js';
import { Scales, type ClassScale } from './scales.js';

/** Prefix of the tensors of member i in files. */
export const memberPrefix = (i: number): string => `members.${i}.`;

/**
 * Several detectors that judge a picture together, from one pass of the encoder: each member's map is divided by a number that its maps of good
 * pictures have (`ClassScale`), then they are combined. The numbers are applied to the levels, so a member's `fuse` must give c times the
 * map for levels times c, as all methods of this package do. Its members learn by themselves, before.
 */
export class Ensemble implements Detector<EnsembleConfig> {
  readonly method = NAME;
  #scales: Scales | undefined;

  /** Takes over the members: it disposes them, and the encoders that are not `encoder` at once. */
  private constructor(
    readonly config: EnsembleConfig,
    readonly encoder: Encoder,
    readonly members: readonly Detector[],
  ) {
    for (const member of members) if (member.encoder !== encoder) member.encoder.dispose();
  }

  static #made(
    methodOf: Methods,
    config: EnsembleConfig,
    encoder: EncoderWeights,
    make: (config: DetectorConfig, i: number) => Detector,
  ): Ensemble {
    const valid = checked(ensembleConfigSchema(methodOf), config, 'model config');
    const named = { ...valid, encoder: withFamily(valid.encoder) };
    const members: Detector[] = [];
    try {
      for (const [i, one] of memberConfigs(named).entries()) members.push(make(one, i));
    } catch (error) {
      for (const member of members) member.dispose();
      throw error;
    }
    return new Ensemble(named, createEncoder(named.encoder, encoder), members);
  }

  /** An ensemble of new members, which have to learn; `setScales` afterwards. */
  static create(methodOf: Methods, config: EnsembleConfig, encoder: EncoderWeights, seed: Seed): Ensemble {
    return Ensemble.#made(methodOf, config, encoder, (one) => methodOf(one).create(one, encoder, seed));
  }

  /** @throws FormatError that names the first tensor that is missing or of another shape */
  static load(
    methodOf: Methods,
    config: EnsembleConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): Ensemble {
    const scales = Scales.load(tensors, config.members.length, where);
    const loaded = Ensemble.#made(methodOf, config, encoder, (one, i) => {
      const prefix = memberPrefix(i);
      const own = [...tensors].filter(([name]) => name.startsWith(prefix));
      const named = new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
      return methodOf(one).load(one, encoder, named, `${where}: ${prefix}`);
    });
    loaded.#scales = scales;
    return loaded;
  }

  /**
   * An ensemble of detectors that have learnt, which it takes over. Set its scales, then it can judge as one and be saved.
   * @throws RangeError where they do not see the same pixels through the same encoder
   */
  static of(
    methodOf: Methods,
    members: readonly Detector[],
    combine: EnsembleMapConfig['combine'],
  ): Ensemble {
    const [first] = members as [Detector];
    const input = inputOf(first.config);
    const sharedBy = ({ config }: Detector) =>
      JSON.stringify([inputOf(config), config.tiles, config.encoder]);
    const { tiles } = first.config;
    for (const one of members)
      if (sharedBy(one) !== sharedBy(first))
        throw new RangeError(
          `ensemble: its members share one pass of the encoder, but ${one.method} has another encoder, input or tiles than ${first.method}; ` +
            'train them with the same ones',
        );
    const config = withInput<EnsembleConfig>(
      {
        method: NAME,
        ...(tiles && { tiles }),
        encoder: first.config.encoder,
        members: members.map(({ method, config }) => ownSettings({ ...config, method })),
        map: {
          sigma: Math.max(...members.map(({ config }) => config.map.sigma)),
          combine,
          members: members.map(({ method, config }) => ({
            method,
            levels: methodOf(config).levelCount(config),
            map: config.map,
          })),
        },
      },
      input,
    );
    return new Ensemble(
      checked(ensembleConfigSchema(methodOf), config, 'model config'),
      first.encoder,
      members,
    );
  }

  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }

  /** Sets by what the members' maps are divided; with null they are not. Throws a RangeError for unusable scales. */
  setScales(classes: readonly ClassScale[] | null): void {
    this.#scales = classes === null ? undefined : Scales.of(classes, this.members.length);
  }

  levels(features: Features): Promise<LevelMap[][]> {
    return this.#levels(features, (member) => member.levels(features));
  }

  /** Whether a member can leave out pictures. */
  get knowsPictures(): boolean {
    return this.members.some(({ knowsPictures }) => knowsPictures === true);
  }

  get origins(): Origins | undefined {
    const all = this.members.flatMap(({ origins = new Map<string, Int32Array>() }, i) =>
      [...origins].map(([name, pictures]) => [memberPrefix(i) + name, pictures] as const),
    );
    return all.length === 0 ? undefined : new Map(all);
  }

  remember(origins: Origins): void {
    for (const [i, member] of this.members.entries()) {
      const prefix = memberPrefix(i);
      const own = [...origins].filter(([name]) => name.startsWith(prefix));
      if (own.length > 0)
        member.remember?.(new Map(own.map(([name, pictures]) => [name.slice(prefix.length), pictures])));
    }
  }

  /** A member that cannot leave out pictures is asked as it is: leave out only pictures that it has not learnt from. */
  levelsWithout(features: Features, leftOut: readonly (readonly number[])[]): Promise<LevelMap[][]> {
    return this.#levels(features, (member) =>
      member.levelsWithout && member.knowsPictures === true
        ? member.levelsWithout(features, leftOut)
        : member.levels(features),
    );
  }

  async #levels(features: Features, ask: (member: Detector) => Promise<LevelMap[][]>): Promise<LevelMap[][]> {
    const own: LevelMap[][][] = [];
    for (const member of this.members) own.push(await ask(member));
    const prototypes = this.#scales ? await this.encoder.prototype(features) : [];
    return own[0]!.map((_, b) => {
      const scales = this.#scales?.of(prototypes[b]!);
      return own.flatMap((member, m) => {
        return scales ? member[b]!.map((level) => divided(level, scales[m]!)) : member[b]!;
      });
    });
  }

  async stateDict(): Promise<Map<string, HostArray>> {
    if (!this.#scales) throw new Error('ensemble: its scales are not set, so it cannot be saved.');
    const all = new Map(this.#scales.stateDict());
    for (const [i, member] of this.members.entries())
      for (const [name, tensor] of await member.stateDict()) all.set(memberPrefix(i) + name, tensor);
    return all;
  }

  dispose(): void {
    for (const member of this.members) member.dispose();
    this.encoder.dispose();
  }
}

const divided = ({ height, width, data }: LevelMap, scale: number): LevelMap => ({
  height,
  width,
  data: data.map((value) => value / scale),
});
