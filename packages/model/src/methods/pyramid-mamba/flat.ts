import type { EncoderContract } from '../../encoders/types.js';

/** Whether all levels of an encoder have one resolution and as many channels, as those of a vision transformer. */
export const isFlat = ({ channels, strides }: Pick<EncoderContract, 'channels' | 'strides'>): boolean =>
  strides.every((stride) => stride === strides[0]) && channels.every((count) => count === channels[0]);

/** A pyramid's features are at 1/4, 1/8 and 1/16 of the input; its decoder starts at 1/32. */
const PYRAMID_CELL = 32;

/** Pixels of the input, along a side, per pixel of the smallest map of the decoder. */
export const smallestCell = (encoder: Pick<EncoderContract, 'channels' | 'strides'>): number =>
  isFlat(encoder) ? encoder.strides[0]! : PYRAMID_CELL;
