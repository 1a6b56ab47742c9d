import type { EncoderContract } from '../../encoders/types.js';
import { FormatError } from '../../errors.js';

/**
 * The channels of an encoder of three levels, each of half the sides of the one before and twice its channels, fine to coarse.
 * @param title of the method that needs them
 * @throws FormatError for other encoders
 */
export function threeLevels(
  title: string,
  { id, channels, strides }: EncoderContract,
): [number, number, number] {
  const [c0, c1, c2] = channels;
  const [s0, s1, s2] = strides;
  const fits = c1 === 2 * c0! && c2 === 4 * c0! && s1 === 2 * s0! && s2 === 4 * s0!;
  if (channels.length !== 3 || strides.length !== 3 || !fits)
    throw new FormatError(
      `encoder: ${title} needs three levels, each of half the size and twice the channels of the one before, but ${id} has ` +
        `channels ${channels.join(', ')} at strides ${strides.join(', ')}; use a ResNet.`,
    );
  return [c0!, c1, c2];
}
