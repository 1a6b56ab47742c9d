export * from './areas/index.js';
export { calibrate, type CalibrateOptions, type UnseenPicture } from './calibrate.js';
export { BLANK, conclude, decide, lastingDoubts, thresholdsInForce } from './conclude.js';
export { distrustOf } from './distrust.js';
export * from './drift/index.js';
export { withThresholds } from './withThresholds.js';
export { exportedProducts } from './onnx/exportedProducts.js';
export { fitDoubts, fitOf, HARDLY, NO_PRODUCT, type Fit } from './fit.js';
export { heldBackThresholds, notLearnt, type HeldBackThresholds } from './heldBack.js';
export { Inspector } from './inspector.js';
export * from './learning/index.js';
export * from './locating/index.js';
export { mapThreshold } from './mapThreshold.js';
export { measure, measureEach, soundOnly } from './measure.js';
export * from './pool/index.js';
export { PictureError } from './pictureError.js';
export { chooseClass, productDoubts, type ChosenClass } from './product.js';
export {
  extentText,
  mmAsSeen,
  mmAtSize,
  mmText,
  REGION_COLUMNS,
  regionCells,
  sizeInMm,
  type Box,
  type MmPerPixel,
  type RegionCount,
} from './report/millimetres.js';
export { reportParagraph, type ReportFacts, type ReportLine } from './report/paragraph.js';
export * from './selfTest/index.js';
export * from './stages/index.js';
export { findsMore, findsNoFewer, takeOver, type ClassTest, type TakeOver, type Tested } from './takeOver.js';
export * from './tiles/index.js';
export { testModel, type TestedModel } from './testModel.js';
export {
  fewPicturesOf,
  thresholdsFrom,
  type ScoredPicture,
  type ThresholdOptions,
} from './thresholdsFrom.js';
export type {
  ClassSource,
  Conclusion,
  Decision,
  FoundPart,
  InspectedPicture,
  Judgement,
  Measured,
  Model,
  NextSteps,
  ProductHint,
} from './types.js';
