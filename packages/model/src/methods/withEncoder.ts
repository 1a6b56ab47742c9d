import type { EncoderConfig } from '../encoders/registry.js';
import { inputOf, withInput } from '../inference/input.js';
import { methodOf } from './registry.js';
import type { DetectorConfig, Method } from './types.js';

/**
 * A configuration on another encoder. What the encoder's form decides follows from it and need not be known: the levels that a method reads
 * (`Method.onEncoder`), and an input whose sides this encoder cannot see becomes the nearest that it can, such as 252 instead of 256 for patches of
 * 14 pixels. The rest stays; whether the method suits the encoder is asked when a detector is created.
 */
export function withEncoder<C extends DetectorConfig>(config: C, encoder: EncoderConfig): C {
  const method = methodOf(config) as Method<C>;
  const given = { ...config, encoder };
  const suited = method.onEncoder?.(given) ?? given;
  // tiles are cut for an input, so both are the caller's
  if (suited.tiles) return suited;
  const unit = method.inputMultiple(suited);
  const { height, width, fit } = inputOf(suited);
  if (height % unit === 0 && width % unit === 0) return suited;
  const near = (side: number): number => Math.max(unit, Math.round(side / unit) * unit);
  return withInput(suited, { height: near(height), width: near(width), fit });
}
