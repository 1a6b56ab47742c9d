import { prCurve, proCurve, rocCurve, type CurveResult } from '@pyramid-mamba/metrics';

/** Points a stored curve has at most: more than a chart has pixels to show them with. */
const MAX_POINTS = 400;
/** AU-PRO looks no further. */
const FPR_LIMIT = 0.3;
/** Digits of a stored number. */
const DIGITS = 6;

type Points = [x: number, y: number][];

/** Pixel-level curves of a class, for reports and the viewer; a curve that is undefined has no points. */
export interface ClassCurves {
  /** False positive rate, true positive rate. */
  roc: Points;
  /** Recall, precision. */
  pr: Points;
  /** False positive rate up to 0.3, mean overlap of the defect regions. */
  pro: Points;
}

/** @param maps square maps of `side` pixels, with their masks */
export function classCurves(
  maps: readonly Float32Array[],
  masks: readonly (Uint8Array | Uint8ClampedArray)[],
  side: number,
): ClassCurves {
  const scores = new Float32Array(maps.length * side * side);
  const labels = new Uint8Array(scores.length);
  maps.forEach((map, i) => scores.set(map, i * side * side));
  masks.forEach((mask, i) => labels.set(mask, i * side * side));
  const size = { width: side, height: side };
  return {
    roc: points(rocCurve(scores, labels, { maxPoints: MAX_POINTS })),
    pr: points(prCurve(scores, labels, { maxPoints: MAX_POINTS })),
    pro: points(
      proCurve(
        maps.map((data) => ({ data, ...size })),
        masks.map((data) => ({ data, ...size })),
        { maxPoints: MAX_POINTS, fprLimit: FPR_LIMIT },
      ),
    ),
  };
}

function points({ points }: CurveResult): Points {
  if (points === null) return [];
  const round = (value: number) => Number(value.toFixed(DIGITS));
  return Array.from(points.x, (x, i) => [round(x), round(points.y[i]!)]);
}
