import type { Calibration, ModelInfo } from '@pyramid-mamba/model';
import { retested } from './selfTest/counted.js';

/** The info of a model file with other thresholds: what its self-test says of each class is counted again by them. */
export function withThresholds(
  info: ModelInfo,
  calibration: Readonly<Record<string, Calibration>>,
): ModelInfo {
  const { selfTest } = info;
  return {
    ...info,
    calibration: { ...calibration },
    ...(selfTest && { selfTest: retested(selfTest, calibration) }),
  };
}
