import type { ClassMetrics } from './evaluation.js';
import type { Metric } from './metric.js';

/** A mean over classes; `missing` names the classes whose value is undefined and so is not in it. */
export type MeanMetric =
  | { readonly value: number; readonly missing?: readonly string[] }
  | { readonly value: null; readonly reason: string };

export interface MeanMetrics {
  readonly image: { readonly [K in keyof ClassMetrics['image']]: MeanMetric };
  readonly pixel: { readonly [K in keyof ClassMetrics['pixel']]: MeanMetric };
}

/**
 * Plain mean over classes, as the paper's tables report it: each class weighs the same whatever its images.
 * A class where a metric is undefined is left out of that metric's mean and named in `missing`; a metric defined in no
 * class is null with a reason.
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
