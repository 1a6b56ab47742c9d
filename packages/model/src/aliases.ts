// Names of version 0.1.0, for Pyramid-Mamba and its encoder alone. New code uses the registries and the method's own figures.
import { LARGEST_SCORE } from './methods/pyramid-mamba/fuse.js';
import * as calibration from './inference/calibration.js';
import * as sound from './inference/sound.js';

export { inferEncoder as inferEncoderArch } from './encoders/registry.js';
export { coarsestMean as classFeatures } from './encoders/prototype.js';
export {
  pyramidMambaConfigSchema as modelConfigSchema,
  type PyramidMambaConfig as ModelConfig,
} from './methods/pyramid-mamba/config.js';

export const isReachable = (threshold: number, largest = LARGEST_SCORE): boolean =>
  sound.isReachable(threshold, largest);
export const usable = <T extends { readonly review: number }>(
  found: T | undefined,
  largest = LARGEST_SCORE,
): T | undefined => calibration.usable(found, largest);
export const usableOnly = <T extends { readonly review: number }>(
  found: Readonly<Record<string, T>>,
  largest = LARGEST_SCORE,
): Record<string, T> => calibration.usableOnly(found, largest);
