export {
  learnInto,
  LEARNT_DEFECTIVE,
  type LabelledPicture,
  type Learnt,
  type LearntClass,
  type LearnIntoOptions,
} from './learnInto.js';
export { LEARNING_RULE, worseBy, type ClearFound, type Lesson } from './rule.js';
export { storedScores, type StoredScores } from './stored.js';
export { learntThresholds, MOST_REVIEWED, type LearntThresholds } from './thresholds.js';
