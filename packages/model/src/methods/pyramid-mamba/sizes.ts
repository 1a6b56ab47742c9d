import type { EncoderContract } from '../../encoders/types.js';
import { FormatError } from '../../errors.js';
import { threeLevels } from '../reconstruction/threeLevels.js';
import type { PyramidMambaConfig } from './config.js';
import type { DecoderOptions } from './decoder/decoder.js';
import { isFlat } from './flat.js';
import type { FlatMffOptions } from './flatMff.js';
import type { MffOptions } from './mff.js';

/** The sizes of bottleneck and decoder; `flat` for an encoder of one resolution. */
export type StudentSizes =
  | { readonly flat: true; readonly mff: FlatMffOptions; readonly decoder: DecoderOptions }
  | { readonly flat: false; readonly mff: MffOptions; readonly decoder: DecoderOptions };

type Parts = Pick<PyramidMambaConfig, 'mff' | 'decoder'>;

/** Those of Pyramid-Mamba: the encoder's levels decide on the form. Throws a FormatError for an encoder that suits neither. */
export const studentSizes = (config: Parts, encoder: EncoderContract): StudentSizes =>
  isFlat(encoder)
    ? { flat: true, ...flatSizes(config, encoder) }
    : { flat: false, ...networkSizes(config, encoder) };

/** All stages of the decoder have the encoder's resolution and channels, and the last ones rebuild a level each: the last stage the first level. */
function flatSizes(
  { mff, decoder }: Parts,
  { id, channels }: EncoderContract,
): { mff: FlatMffOptions; decoder: DecoderOptions } {
  const levels = channels.length;
  const [count] = channels as [number];
  const stages = decoder.depths.length;
  if (levels > stages)
    throw new FormatError(
      `encoder: the decoder's ${stages} stages rebuild a level each, but ${id} has ${levels} levels; join its blocks to ${stages} levels or fewer.`,
    );
  return {
    mff: {
      levels,
      channels: count,
      bottlenecks: mff.bottlenecks,
      bottleneckWidth: mff.bottleneckWidth ?? Math.ceil(count / 2),
      noiseStd: mff.noiseStd,
      dropout: mff.dropout,
    },
    decoder: { ...decoder, dims: decoder.depths.map(() => count), levels },
  };
}

/**
 * The sizes of bottleneck and decoder for an encoder of three levels, each of half the sides of the one before and twice its channels.
 * @throws FormatError for other encoders
 */
export function networkSizes(
  { mff, decoder }: Parts,
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
