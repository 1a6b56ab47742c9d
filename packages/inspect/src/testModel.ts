import { methodOf, type Calibration, type SelfTest } from '@pyramid-mamba/model';
import { crossScore, selfTestOf, type CrossScoreOptions, type SelfTestPicture } from './selfTest/index.js';
import { thresholdsFrom, type ThresholdOptions } from './thresholdsFrom.js';
import type { Model } from './types.js';

/** What a test of a new model on good pictures gives, all from one pass over them. */
export interface TestedModel {
  /** Without the classes that have no usable thresholds. */
  readonly calibration: Record<string, Calibration>;
  readonly selfTest: SelfTest;
}

/**
 * Thresholds and self-test of a model, from good pictures that it has not seen, or that are left out of what it compares with, and from
 * defects drawn on them.
 * @throws as `crossScore`
 */
export async function testModel(
  model: Model,
  pictures: readonly SelfTestPicture[],
  options: CrossScoreOptions & Pick<ThresholdOptions, 'maxFalseRejects'>,
): Promise<TestedModel> {
  const records = await crossScore(model, pictures, options);
  const calibration = thresholdsFrom(records, {
    maxFalseRejects: options.maxFalseRejects,
    largestScore: methodOf(model.config).largestScore(model.config),
  });
  return { calibration, selfTest: selfTestOf(records, calibration) };
}
