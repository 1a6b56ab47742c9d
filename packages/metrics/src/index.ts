export { aupro, type AuproOptions } from './aupro.js';
export { auroc } from './auroc.js';
export { averagePrecision } from './averagePrecision.js';
export { BinnedQuantile } from './binnedQuantile.js';
export { byName, ownValue } from './byName.js';
export { calibrate, verdict, type Calibration, type Verdict, type VerdictThresholds } from './calibration.js';
export {
  calibrateClass,
  calibrateClasses,
  joined,
  quantile,
  thinned,
  type CalibrationPicture,
  type ClassCalibration,
} from './classCalibration.js';
export { prCurve, proCurve, rocCurve, type CurveOptions, type CurveResult } from './curves.js';
export { evaluateClass, type ClassScores } from './evaluateClass.js';
export {
  evaluateMaps,
  ExactEvaluation,
  type ClassCurves,
  type ClassMetrics,
  type EvaluatedImage,
  type Evaluation,
  type EvaluationOptions,
} from './evaluation.js';
export { f1Max, f1MaxSteps } from './f1Max.js';
export type { BoundedMetric } from './bounds.js';
export { HistogramEvaluation, type BoundedMetrics } from './histogramEvaluation.js';
export { meanOverClasses, type MeanMetric, type MeanMetrics } from './meanOverClasses.js';
export type { Metric, Protocol, Scores } from './metric.js';
export { findRegions, type Region } from './mapRegions.js';
export { countOutcomes, outcomeOf, type JudgedPicture, type Outcome, type OutcomeCounts } from './outcome.js';
export { PAPER_CLASSES, PAPER_MEAN, paperMeanOf, type PaperRow } from './published/paperResults.js';
export { connectedRegions, type Regions } from './regions.js';
export type { Mask, ScoreMap } from './scoreMap.js';
export type { CurvePoints } from './thin.js';
export {
  confusionAt,
  f1OptimalThreshold,
  quantileThreshold,
  type Confusion,
  type F1Threshold,
  type QuantileThreshold,
} from './threshold.js';
