import type { ClassMetrics, CurveResult, Evaluation, MeanMetrics, Protocol } from '@pyramid-mamba/metrics';

/** The seven figures of a class, fractions of 1; null if undefined. */
export interface Figures {
  image: { auroc: number | null; ap: number | null; f1max: number | null };
  pixel: { auroc: number | null; ap: number | null; f1max: number | null; aupro: number | null };
}

/** What `metrics.json` holds: fractions of 1; null if a figure is undefined, with the reason. */
export interface MetricsReport {
  protocol: Protocol;
  mean: Figures;
  classes: Record<string, Figures>;
  /** Reasons by path, e.g. `bottle.pixel.aupro`; absent if every figure is defined. */
  undefined?: Record<string, string> | undefined;
}

type AnyMetrics = ClassMetrics | MeanMetrics;

function figures({ image, pixel }: AnyMetrics): Figures {
  return {
    image: { auroc: image.auroc.value, ap: image.ap.value, f1max: image.f1max.value },
    pixel: {
      auroc: pixel.auroc.value,
      ap: pixel.ap.value,
      f1max: pixel.f1max.value,
      aupro: pixel.aupro.value,
    },
  };
}

function reasons(name: string, metrics: AnyMetrics): [string, string][] {
  return (['image', 'pixel'] as const).flatMap((level) =>
    Object.entries(metrics[level]).flatMap(([key, metric]): [string, string][] =>
      metric.value === null ? [[`${name}.${level}.${key}`, metric.reason]] : [],
    ),
  );
}

export function metricsReport(
  protocol: Protocol,
  perClass: Readonly<Record<string, ClassMetrics>>,
  mean: MeanMetrics,
): MetricsReport {
  const missing = [
    ...Object.entries(perClass).flatMap(([name, metrics]) => reasons(name, metrics)),
    ...reasons('mean', mean),
  ];
  return {
    protocol,
    mean: figures(mean),
    classes: Object.fromEntries(Object.entries(perClass).map(([name, m]) => [name, figures(m)])),
    ...(missing.length > 0 ? { undefined: Object.fromEntries(missing) } : {}),
  };
}

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
