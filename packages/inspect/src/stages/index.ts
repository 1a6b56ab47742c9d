export { bestOf, titleOf, type Candidate } from './best.js';
export { DEFAULT_SECONDS, HELD_BACK, STAGES } from './plan.js';
export { bankAlone, together, type Figures, type Member, type TogetherOptions } from './together.js';
export { shortDigest, trainedDigests, type TrainedPictures } from './trained.js';
export { byMember, scaleMembers, type ScaleOptions } from './scaleMembers.js';
