import type { EncoderContract } from '../../encoders/types.js';
import { FormatError } from '../../errors.js';
import type { PyramidMambaConfig } from './config.js';
import type { DecoderOptions } from './decoder/decoder.js';
import type { MffOptions } from './mff.js';

/**
 * The sizes of bottleneck and decoder for an encoder of three levels, each of half the sides of the one before and twice its channels.
 * @throws FormatError for other encoders
 */
export function networkSizes(
  { mff, decoder }: PyramidMambaConfig,
  { id, channels, strides }: EncoderContract,
): { mff: MffOptions; decoder: DecoderOptions } {
  const [c0, c1, c2] = channels;
  const [s0, s1, s2] = strides;
  const fits = c1 === 2 * c0! && c2 === 4 * c0! && s1 === 2 * s0! && s2 === 4 * s0!;
  if (channels.length !== 3 || strides.length !== 3 || !fits)
    throw new FormatError(
      `encoder: Pyramid-Mamba needs three levels, each of half the size and twice the channels of the one before, but ${id} has ` +
        `channels ${channels.join(', ')} at strides ${strides.join(', ')}; use a ResNet.`,
    );
  const outputs = 2 * c2!;
  return {
    mff: {
      channels: [c0!, c1!, c2!],
      bottlenecks: mff.bottlenecks,
      bottleneckWidth: mff.bottleneckWidth ?? c2! / 2,
      outputs,
      noiseStd: mff.noiseStd,
    },
    decoder: { ...decoder, dims: [outputs, c2!, c1!, c0!] },
  };
}
