import { familyOf } from '../../encoders/registry.js';
import { ParameterRecorder } from '../../nn/params.js';
import type { ParameterSpec } from '../types.js';
import type { PyramidMambaConfig } from './config.js';
import { Decoder } from './decoder/decoder.js';
import { Mff } from './mff.js';
import { networkSizes } from './sizes.js';

/** Names and shapes of all parameters and running statistics. */
export function parameterSpecs(config: PyramidMambaConfig): ParameterSpec[] {
  const { mff, decoder } = networkSizes(config, familyOf(config.encoder).contract(config.encoder));
  const recorder = new ParameterRecorder();
  const build = {
    bottleneck: () => new Mff(recorder.scope('mff_oce.'), mff),
    decoder: () => new Decoder(recorder.scope('net_s.'), decoder),
  };
  build.bottleneck();
  build.decoder();
  return recorder.requested;
}
