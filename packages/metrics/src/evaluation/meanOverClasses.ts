import type { ClassMetrics } from './evaluation.js';
import type { Metric } from '../metric.js';

/** A mean over classes; `missing` lists the classes that are excluded because their value is undefined. */
export type MeanMetric =
  | { readonly value: number; readonly missing?: readonly string[] }
  | { readonly value: null; readonly reason: string };

export interface MeanMetrics {
  readonly image: { readonly [K in keyof ClassMetrics['image']]: MeanMetric };
  readonly pixel: { readonly [K in keyof ClassMetrics['pixel']]: MeanMetric };
}

/**
 * Arithmetic mean over classes, as in the paper's tables: each class has the same weight, whatever its number of images.
 * A class where a metric is undefined is excluded from that metric's mean and listed in `missing`; a metric that no class
 * defines is null with a reason.
 */
export function meanOverClasses(perClass: Readonly<Record<string, ClassMetrics>>): MeanMetrics {
  const over = (pick: (metrics: ClassMetrics) => Metric): MeanMetric => mean(perClass, pick);
  return {
    image: {
      auroc: over((m) => m.image.auroc),
      ap: over((m) => m.image.ap),
      f1max: over((m) => m.image.f1max),
    },
    pixel: {
      auroc: over((m) => m.pixel.auroc),
      ap: over((m) => m.pixel.ap),
      f1max: over((m) => m.pixel.f1max),
      aupro: over((m) => m.pixel.aupro),
    },
  };
}

function mean(
  perClass: Readonly<Record<string, ClassMetrics>>,
  pick: (metrics: ClassMetrics) => Metric,
): MeanMetric {
  const missing: string[] = [];
  const reasons = new Set<string>();
  let sum = 0;
  let count = 0;
  for (const [name, metrics] of Object.entries(perClass)) {
    const metric = pick(metrics);
    if (metric.value === null) {
      missing.push(name);
      reasons.add(metric.reason);
    } else {
      sum += metric.value;
      count++;
    }
  }
  if (count === 0) {
    const why =
      missing.length === 0 ? 'there is no class' : `undefined in every class: ${[...reasons].join('; ')}`;
    return { value: null, reason: why };
  }
  return missing.length === 0 ? { value: sum / count } : { value: sum / count, missing };
}
