export { aupro, type AuproOptions } from './pixels/aupro.js';
export { auroc } from './scores/auroc.js';
export { averagePrecision } from './scores/averagePrecision.js';
export { BinnedQuantile } from './histogram/binnedQuantile.js';
export { byName, groupedBy, ownValue } from './byName.js';
export {
  calibrate,
  fewPictures,
  verdict,
  VERDICTS,
  type CalibrateOptions,
  type Calibration,
  type Verdict,
  type VerdictThresholds,
} from './thresholds/calibration.js';
export {
  calibrateClass,
  calibrateClasses,
  joined,
  quantile,
  thinned,
  type CalibrationPicture,
  type ClassCalibration,
} from './thresholds/classCalibration.js';
export { prCurve, proCurve, rocCurve, type CurveOptions, type CurveResult } from './evaluation/curves.js';
export { evaluateClass, type ClassScores } from './evaluation/evaluateClass.js';
export {
  evaluateMaps,
  ExactEvaluation,
  type ClassCurves,
  type ClassMetrics,
  type EvaluatedImage,
  type Evaluation,
  type EvaluationOptions,
} from './evaluation/evaluation.js';
export { f1Max, f1MaxSteps } from './scores/f1Max.js';
export type { BoundedMetric } from './histogram/bounds.js';
export { HistogramEvaluation, type BoundedMetrics } from './histogram/histogramEvaluation.js';
export { meanOverClasses, type MeanMetric, type MeanMetrics } from './evaluation/meanOverClasses.js';
export type { Metric, Protocol, Scores } from './metric.js';
export { findRegions, type Region } from './regions/mapRegions.js';
export {
  countOutcomes,
  outcomeOf,
  type JudgedPicture,
  type Outcome,
  type OutcomeCounts,
} from './thresholds/outcome.js';
export { connectedRegions, type Regions } from './regions/regions.js';
export type { Mask, ScoreMap } from './pixels/scoreMap.js';
export type { CurvePoints } from './evaluation/thin.js';
export {
  confusionAt,
  f1OptimalThreshold,
  quantileThreshold,
  type Confusion,
  type F1Threshold,
  type QuantileThreshold,
} from './thresholds/threshold.js';
