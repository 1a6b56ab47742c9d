export {
  alignedImage,
  isLost,
  judgedOf,
  type AlignedImage,
  type Alignment,
  type LocatedAt,
} from './aligned.js';
export { locate, locatedSamples, LOST, type Located, type LocatedSample } from './locate.js';
export {
  mapOfLevels,
  NOT_COVERED,
  pictureMask,
  placedJudgement,
  type Placed,
  type PlacedAreas,
} from './placed.js';
export { STILL, type Placing, type Pose } from './pose.js';
export { REACH, referenceOf } from './reference.js';
