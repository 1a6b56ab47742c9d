import { methodOf, type Calibration, type SelfTest } from '@pyramid-mamba/model';
import {
  budgetOf,
  crossScore,
  doubtsBeside,
  isGood,
  isUndecided,
  selfTestOf,
  withDoubts,
  withoutBlank,
  type CrossScoreOptions,
  type GoodRecord,
  type SelfTestPicture,
  type SelfTestRecord,
} from './selfTest/index.js';
import { thresholdsFrom, type ThresholdOptions } from './thresholdsFrom.js';
import type { Model } from './types.js';

/** What a test of a new model on good pictures gives. */
export interface TestedModel {
  /** Without the classes that have no usable thresholds. */
  readonly calibration: Record<string, Calibration>;
  readonly selfTest: SelfTest;
  /** Good pictures that say nothing of either since they are blank, see `withoutBlank`. */
  readonly blank: readonly GoodRecord[];
}

export interface TestOptions extends CrossScoreOptions, Pick<ThresholdOptions, 'maxFalseRejects'> {
  /** The self-test of a model that sees nearly the same, whose failures leave a doubt, see `doubtsBeside`. */
  readonly resembling?: SelfTest | undefined;
}

/** More classes share their drawn pictures, which would take too long twice. */
const MOST_DRAWN_TWICE = 5;

/**
 * Thresholds and self-test of a model, from good pictures that it has not seen, or that are left out of what it compares with, and from
 * defects drawn on them. Of up to five classes, those whose self-test hangs on chance (`isUndecided`) are shown as many defects again, where
 * `budget` does not say how many.
 * @throws as `crossScore`
 */
export async function testModel(
  model: Model,
  pictures: readonly SelfTestPicture[],
  options: TestOptions,
): Promise<TestedModel> {
  const { maxFalseRejects, resembling, onProgress } = options;
  const largestScore = methodOf(model.config).largestScore(model.config);
  const testedBy = (all: readonly SelfTestRecord[]): TestedModel => {
    const records = withoutBlank(all, isGood);
    const said = new Set(records);
    const blank = all.filter(isGood).filter((one) => !one.copy && !said.has(one));
    const calibration = thresholdsFrom(records, { maxFalseRejects, largestScore });
    const selfTest = selfTestOf(records, calibration);
    const doubts = doubtsBeside(resembling, selfTest);
    return { calibration, selfTest: withDoubts(selfTest, calibration, doubts), blank };
  };
  let judged = 0;
  const records = await crossScore(model, pictures, {
    ...options,
    onProgress: (done, total) => onProgress?.((judged = done), total),
  });
  const tested = testedBy(records);
  const classes = Object.entries(tested.selfTest);
  const undecided = new Set(classes.flatMap(([name, one]) => (isUndecided(one) ? [name] : [])));
  if (options.budget !== undefined || classes.length > MOST_DRAWN_TWICE || undecided.size === 0)
    return tested;
  const budget = budgetOf(classes.length);
  const more = await crossScore(
    model,
    pictures.filter(({ className }) => undecided.has(className)),
    {
      ...options,
      budget,
      drawnBefore: budget,
      onProgress: (done, total) => onProgress?.(judged + done, judged + total),
    },
  );
  return testedBy([...records, ...more]);
}
