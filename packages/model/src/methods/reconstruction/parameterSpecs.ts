import { familyOf } from '../../encoders/registry.js';
import { ParameterRecorder } from '../../nn/params.js';
import type { DetectorConfig, ParameterSpec } from '../types.js';
import type { StudentBuilder } from './detector.js';

/** Names and shapes of all parameters and running statistics of a student. */
export function parameterSpecs({ encoder }: DetectorConfig, build: StudentBuilder): ParameterSpec[] {
  const recorder = new ParameterRecorder();
  build(recorder, familyOf(encoder).contract(encoder));
  return recorder.requested;
}
