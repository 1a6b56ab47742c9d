import { familyOf } from '../../encoders/registry.js';
import type { DetectorConfig } from '../../methods/types.js';

/** Tiles begin at multiples of it, in pixels: the encoder's, whatever the method, so that a memory bank and a network have the same tiles. */
export const tileUnit = ({ encoder }: Pick<DetectorConfig, 'encoder'>): number =>
  familyOf(encoder).contract(encoder).inputMultiple;
