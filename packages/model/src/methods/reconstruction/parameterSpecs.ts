import { familyOf } from '../../encoders/registry.js';
import type { EncoderContract } from '../../encoders/types.js';
import { ParameterRecorder, type ParameterStore } from '../../nn/params.js';
import type { DetectorConfig, ParameterSpec } from '../types.js';

/** Names and shapes of all parameters and running statistics of what is built for an encoder. */
export function parameterSpecs(
  { encoder }: DetectorConfig,
  build: (store: ParameterStore, encoder: EncoderContract) => unknown,
): ParameterSpec[] {
  const recorder = new ParameterRecorder();
  build(recorder, familyOf(encoder).contract(encoder));
  return recorder.requested;
}
