import type { EncoderContract } from '../../encoders/types.js';
import { threeLevels } from '../reconstruction/threeLevels.js';
import type { PyramidMambaConfig } from './config.js';
import type { DecoderOptions } from './decoder/decoder.js';
import type { MffOptions } from './mff.js';

/**
 * The sizes of bottleneck and decoder for an encoder of three levels, each of half the sides of the one before and twice its channels.
 * @throws FormatError for other encoders
 */
export function networkSizes(
  { mff, decoder }: Pick<PyramidMambaConfig, 'mff' | 'decoder'>,
  encoder: EncoderContract,
  title = 'Pyramid-Mamba',
): { mff: MffOptions; decoder: DecoderOptions } {
  const [c0, c1, c2] = threeLevels(title, encoder);
  const outputs = 2 * c2;
  return {
    mff: {
      channels: [c0, c1, c2],
      bottlenecks: mff.bottlenecks,
      bottleneckWidth: mff.bottleneckWidth ?? c2 / 2,
      outputs,
      noiseStd: mff.noiseStd,
      dropout: mff.dropout,
    },
    decoder: { ...decoder, dims: [outputs, c2, c1, c0] },
  };
}
