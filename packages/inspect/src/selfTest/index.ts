export {
  crossScore,
  drawingInput,
  picturesInTest,
  type CrossScoreOptions,
  type SelfTestPicture,
} from './crossScore.js';
export { doubtsBeside, doubtsOf, withDoubts } from './doubts.js';
export { drawExample, type DrawableExample } from './example.js';
export { wilson } from './interval.js';
export { defectivePictures, heldBackPictures, testPictures, type TestPictures } from './pictures.js';
export {
  isDefective,
  isDrawn,
  isGood,
  type DefectiveRecord,
  type DrawnRecord,
  type GoodRecord,
  type SelfTestRecord,
} from './records.js';
export { budgetOf } from './plan.js';
export { isUndecided, retested, SELF_TEST_RULE } from './counted.js';
export { figureOf, selfTestOf } from './selfTestOf.js';
export { adviceOf } from './advice.js';
export { sentenceOf, type MmByProduct } from './sentence.js';
export { withShiftedCopies } from './shifted.js';
export { blankNote, withoutBlank } from './withoutBlank.js';
