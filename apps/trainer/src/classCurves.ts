import type { CurveResult, Evaluation } from '@pyramid-mamba/metrics';

/** Maximum points of a stored curve: about the width of a chart in pixels. */
export const CURVE_POINTS = 400;
/** Digits of a stored number. */
const DIGITS = 6;

/** Each with its threshold. */
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

/** An evaluation's pixel curves as in `curves.json`. */
export function classCurves({ roc, pr, pro }: Evaluation['curves']['pixel']): ClassCurves {
  return { roc: points(roc), pr: points(pr), pro: points(pro) };
}

function points({ points }: CurveResult): Points {
  if (points === null) return [];
  const round = (value: number) => Number(value.toFixed(DIGITS));
  return Array.from(points.x, (x, i) => [round(x), round(points.y[i]!), round(points.threshold[i]!)]);
}
