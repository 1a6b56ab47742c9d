import type { EncoderWeights } from '../../encoders/types.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import { hostSource, seededSource, type ParameterSource } from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import { ReconstructionDetector, type StudentBuilder } from '../reconstruction/detector.js';
import { pyramidMambaConfigSchema, type PyramidMambaConfig } from './config.js';
import { Decoder } from './decoder/decoder.js';
import { reconstructionLoss } from './loss.js';
import { FlatMff } from './flatMff.js';
import { Mff } from './mff.js';
import { studentSizes } from './sizes.js';

/** Fusion bottleneck and Mamba decoder under the authors' state-dict names, for an encoder of three resolutions or of one. */
export const buildStudent =
  (config: PyramidMambaConfig): StudentBuilder =>
  (store, encoder) => {
    const sizes = studentSizes(config, encoder);
    const scope = store.scope('mff_oce.');
    const fusion = sizes.flat ? new FlatMff(scope, sizes.mff) : new Mff(scope, sizes.mff);
    const rebuild = new Decoder(store.scope('net_s.'), sizes.decoder);
    return (features, training) => rebuild.apply(fusion.apply(features, training), training);
  };

/** A Pyramid-Mamba model: frozen encoder, fusion bottleneck, Mamba decoder (paper, figure 1). Its loss is Σ over the levels of mean((teacher − student)²). */
export class PyramidMamba extends ReconstructionDetector<PyramidMambaConfig> {
  private constructor(config: PyramidMambaConfig, weights: EncoderWeights, source: ParameterSource) {
    super('pyramid-mamba', config, weights, source, buildStudent(config), reconstructionLoss);
  }

  /** A new model; its parameters are initialised as in the authors' code, by seed and name. A training configuration can be the seed. */
  static create(config: PyramidMambaConfig, encoder: EncoderWeights, seed: Seed): PyramidMamba {
    return new PyramidMamba(
      checked(pyramidMambaConfigSchema, config, 'model config'),
      encoder,
      seededSource(seed),
    );
  }

  /**
   * A model with the given parameters.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  static load(
    config: PyramidMambaConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): PyramidMamba {
    return new PyramidMamba(
      checked(pyramidMambaConfigSchema, config, 'model config'),
      encoder,
      hostSource(tensors, where),
    );
  }
}
