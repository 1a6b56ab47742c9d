import type { CurveResult, Evaluation } from '@pyramid-mamba/metrics';

/** Points a stored curve has at most: about as many as a chart has pixels to show them with. */
export const CURVE_POINTS = 400;
/** Digits of a stored number. */
const DIGITS = 6;

/** Each with the score from which on pixels count as anomalous there. */
type Points = [x: number, y: number, threshold: number][];

/** Pixel-level curves of a class, for reports and the viewer; a curve that is undefined has no points. */
export interface ClassCurves {
  /** False positive rate, true positive rate. */
  roc: Points;
  /** Recall, precision. */
  pr: Points;
  /** False positive rate up to 0.3, mean overlap of the defect regions. */
  pro: Points;
}

/** An evaluation's pixel curves as `curves.json` holds them. */
export function classCurves({ roc, pr, pro }: Evaluation['curves']['pixel']): ClassCurves {
  return { roc: points(roc), pr: points(pr), pro: points(pro) };
}

function points({ points }: CurveResult): Points {
  if (points === null) return [];
  const round = (value: number) => Number(value.toFixed(DIGITS));
  return Array.from(points.x, (x, i) => [round(x), round(points.y[i]!), round(points.threshold[i]!)]);
}
