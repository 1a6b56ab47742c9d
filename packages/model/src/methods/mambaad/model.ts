import type { EncoderContract, EncoderWeights } from '../../encoders/types.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import { hostSource, seededSource, type ParameterSource } from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import { Decoder } from '../pyramid-mamba/decoder/decoder.js';
import { reconstructionLoss } from '../pyramid-mamba/loss.js';
import { Mff } from '../pyramid-mamba/mff.js';
import { networkSizes } from '../pyramid-mamba/sizes.js';
import { ReconstructionDetector, type StudentBuilder } from '../reconstruction/detector.js';
import { mambaAdConfigSchema, type MambaAdConfig } from './config.js';

/**
 * Fusion and decoder are Pyramid-Mamba's, whose authors built on MambaAD's code: without feature noise, and with scans of the whole map
 * alone, along a curve of one's choice.
 */
export const buildStudent =
  (config: MambaAdConfig): StudentBuilder =>
  (store, encoder) => {
    const sizes = mambaAdSizes(config, encoder);
    const fusion = new Mff(store.scope('mff_oce.'), sizes.mff);
    const rebuild = new Decoder(store.scope('net_s.'), sizes.decoder);
    return (features, training) => rebuild.apply(fusion.apply(features, training), training);
  };

/** The sizes of fusion and decoder. Throws a FormatError for an encoder that does not suit them. */
export function mambaAdSizes(
  { mff, decoder }: MambaAdConfig,
  encoder: EncoderContract,
): ReturnType<typeof networkSizes> {
  const whole = { ...decoder, grids: [1], pss: true, lec: true };
  return networkSizes({ mff: { ...mff, noiseStd: 0 }, decoder: whole }, encoder, 'MambaAD');
}

/** MambaAD (He et al. 2024): frozen encoder, fusion bottleneck, decoder of Locality-Enhanced State Space modules. */
export class MambaAd extends ReconstructionDetector<MambaAdConfig> {
  private constructor(config: MambaAdConfig, weights: EncoderWeights, source: ParameterSource) {
    super('mambaad', config, weights, source, buildStudent(config), reconstructionLoss);
  }

  /** A new model; its parameters are initialised as in the authors' code, by seed and name. */
  static create(config: MambaAdConfig, encoder: EncoderWeights, seed: Seed): MambaAd {
    return new MambaAd(checked(mambaAdConfigSchema, config, 'model config'), encoder, seededSource(seed));
  }

  /**
   * A model with the given parameters.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  static load(
    config: MambaAdConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): MambaAd {
    return new MambaAd(
      checked(mambaAdConfigSchema, config, 'model config'),
      encoder,
      hostSource(tensors, where),
    );
  }
}
