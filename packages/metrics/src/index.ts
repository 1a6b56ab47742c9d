export { aupro, type AuproOptions } from './aupro.js';
export { auroc } from './auroc.js';
export { averagePrecision } from './averagePrecision.js';
export { calibrate, verdict, type Calibration, type Verdict, type VerdictThresholds } from './calibration.js';
export { prCurve, proCurve, rocCurve, type CurveResult } from './curves.js';
export { evaluateClass, type ClassMetrics, type ClassScores } from './evaluateClass.js';
export { f1Max, f1MaxSteps } from './f1Max.js';
export { meanOverClasses, type MeanMetric, type MeanMetrics } from './meanOverClasses.js';
export type { Metric, Protocol, Scores } from './metric.js';
export type { Mask, ScoreMap } from './pixels.js';
export { connectedRegions, type Regions } from './regions.js';
export {
  confusionAt,
  f1OptimalThreshold,
  quantileThreshold,
  type Confusion,
  type F1Threshold,
  type QuantileThreshold,
} from './threshold.js';
