import type { EncoderWeights } from '../../encoders/types.js';
import { FormatError } from '../../errors.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import { hostSource, seededSource, type ParameterSource } from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import { ReconstructionDetector, type StudentBuilder } from '../reconstruction/detector.js';
import { threeLevels } from '../reconstruction/threeLevels.js';
import { rd4adConfigSchema, type Rd4adConfig } from './config.js';
import { ReversedResnet } from './decoder.js';
import { globalCosineLoss } from '../reconstruction/globalCosine.js';
import { Ocbe } from './ocbe.js';

/** Embedding and decoder, under the names of the authors' two state dicts, `bn` and `decoder`. */
export const buildStudent =
  ({ block, embedding, decoder }: Rd4adConfig): StudentBuilder =>
  (store, encoder) => {
    const channels = threeLevels('RD4AD', encoder);
    if (block.kind === 'bottleneck' && channels[0] % 4 !== 0)
      throw new FormatError(
        `block: a bottleneck block needs channels that are multiples of 4, but ${encoder.id} has ${channels.join(', ')}; use basic blocks.`,
      );
    const ocbe = new Ocbe(store.scope('bn.'), { channels, block, blocks: embedding });
    const inputs = 2 * channels[2];
    const rebuild = new ReversedResnet(store.scope('decoder.'), { channels, inputs, block, layers: decoder });
    return (features, training) =>
      rebuild.apply(ocbe.apply(features, training !== undefined), training !== undefined);
  };

/** Reverse distillation (Deng and Li 2022): frozen encoder, one-class embedding, mirrored decoder. */
export class Rd4ad extends ReconstructionDetector<Rd4adConfig> {
  private constructor(config: Rd4adConfig, weights: EncoderWeights, source: ParameterSource) {
    super('rd4ad', config, weights, source, buildStudent(config), globalCosineLoss);
  }

  /** A new model; its parameters are initialised as in the authors' code, by seed and name. */
  static create(config: Rd4adConfig, encoder: EncoderWeights, seed: Seed): Rd4ad {
    return new Rd4ad(checked(rd4adConfigSchema, config, 'model config'), encoder, seededSource(seed));
  }

  /**
   * A model with the given parameters.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  static load(
    config: Rd4adConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): Rd4ad {
    return new Rd4ad(checked(rd4adConfigSchema, config, 'model config'), encoder, hostSource(tensors, where));
  }
}
