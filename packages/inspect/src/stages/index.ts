export { bestOf, titleOf, type Candidate } from './best.js';
export {
  LEAST_GAIN,
  orientationGains,
  rotatedIfBetter,
  withMoreRows,
  type BankOf,
  type FittedBank,
  type OrientationOptions,
} from './orientation.js';
export { chosenIfNoWorse, choosesPatches, withChosenPatches, type ChosenPatches } from './patches.js';
export { BEST, BEST_STAGES, DEFAULT_SECONDS, HELD_BACK, STAGES, withRowsFor, type StageOf } from './plan.js';
export {
  bankAlone,
  infoOfBoth,
  scaledTogether,
  sharesLine,
  together,
  type Figures,
  type Member,
  type Scaled,
  type TogetherOptions,
} from './together.js';
export { shortDigest, trainedDigests, type TrainedPictures } from './trained.js';
export { byMember, scaleMembers, type ScaleOptions } from './scaleMembers.js';
