import type { ClassMetrics, MeanMetrics, Protocol } from '@pyramid-mamba/metrics';
import { table } from './table.js';

interface Figures {
  image: { auroc: number | null; ap: number | null; f1max: number | null };
  pixel: { auroc: number | null; ap: number | null; f1max: number | null; aupro: number | null };
}

/** What `metrics.json` holds: fractions of 1; null if a figure is undefined, with the reason. */
export interface MetricsReport {
  protocol: Protocol;
  mean: Figures;
  classes: Record<string, Figures>;
  /** Reasons by path, e.g. `bottle.pixel.aupro`; absent if every figure is defined. */
  undefined?: Record<string, string>;
}

type AnyMetrics = ClassMetrics | MeanMetrics;

function figures(metrics: AnyMetrics): Figures {
  const { image, pixel } = metrics;
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

/** Maximum number of listed paths; more are counted. */
const MOST_LISTED = 3;

/** Why figures are undefined, one sentence per reason; for a mean only if its classes do not state it already. */
export function undefinedNotes(report: MetricsReport): string[] {
  const paths = new Map<string, string[]>();
  for (const [path, reason] of Object.entries(report.undefined ?? {})) {
    const own = reason.replace(/^undefined in every class: /, '');
    paths.set(own, [...(paths.get(own) ?? []), ...(own === reason ? [path] : [])]);
  }
  return [...paths].map(([reason, list]) =>
    list.length > MOST_LISTED
      ? `${list.length} figures: ${reason}`
      : `${list.join(', ') || 'mean'}: ${reason}`,
  );
}

const HEADER = ['class', 'image AU-ROC', 'AP', 'F1-max', 'pixel AU-ROC', 'AP', 'F1-max', 'AU-PRO'];

/** The per-class table that `evaluate` prints, the mean in its last row, and the reasons for every dash in it. */
export function metricsTable(report: MetricsReport): string {
  const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const row = (name: string, { image, pixel }: Figures) =>
    [name].concat(
      [image.auroc, image.ap, image.f1max, pixel.auroc, pixel.ap, pixel.f1max, pixel.aupro].map(cell),
    );
  const rows = [...Object.entries(report.classes).map(([name, f]) => row(name, f)), row('mean', report.mean)];
  return [table(HEADER, rows), ...undefinedNotes(report).map((note) => `- ${note}`)].join('\n');
}
