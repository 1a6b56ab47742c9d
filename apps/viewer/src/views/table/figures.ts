import {
  auroc,
  averagePrecision,
  f1Max,
  meanOverClasses,
  type ClassMetrics,
  type Metric,
  byName,
} from '@pyramid-mamba/metrics';
import { PAPER_CLASSES, PAPER_MEAN, paperMeanOf } from '@pyramid-mamba/model';
import { metricsReport, percentOf } from '@pyramid-mamba/runs';
import type { OpenRun, RunMetrics } from '../../run/types.js';

const NOT_MEASURED = 'the run has no metrics.json, and only image figures are computed here';

/** A run's figures: its `metrics.json`, or the image figures from its scores if it is missing. */
export async function figuresOf(run: OpenRun): Promise<RunMetrics & { readonly measured: boolean }> {
  const found = await run.metrics();
  return found ? { ...found, measured: true } : { ...fromScores(run), measured: false };
}

/** The image figures of a run's scores; pixel figures are null. */
export function fromScores({ classes, items }: Pick<OpenRun, 'classes' | 'items'>): RunMetrics {
  const none: Metric = { value: null, reason: NOT_MEASURED };
  const perClass = byName<ClassMetrics>();
  for (const name of classes) {
    const own = items.filter(({ className, label }) => className === name && label !== null);
    const scores = own.map(({ score }) => score);
    const labels = own.map(({ label }) => label!);
    perClass[name] = {
      image: {
        auroc: auroc(scores, labels),
        ap: averagePrecision(scores, labels),
        f1max: f1Max(scores, labels),
      },
      pixel: { auroc: none, ap: none, f1max: none, aupro: none },
    };
  }
  return metricsReport('exact', perClass, meanOverClasses(perClass));
}

/** Reference figures, in percent: by class, and the mean if it covers exactly the shown classes. */
export interface Reference {
  readonly classes: Readonly<Record<string, readonly (number | null)[]>>;
  readonly mean: readonly (number | null)[] | undefined;
  /** The reference of the mean. */
  readonly note: string;
}

/** The paper's results for MVTec AD's classes of these names; undefined if it has none of them, or the pictures are synthetic. */
export function paperReference({
  dataset,
  classes,
}: Pick<OpenRun, 'dataset' | 'classes'>): Reference | undefined {
  const known = classes.filter((name) => Object.hasOwn(PAPER_CLASSES, name));
  if (dataset === 'synthetic' || known.length === 0) return undefined;
  const all = Object.keys(PAPER_CLASSES).length;
  const whole = known.length === classes.length;
  return {
    classes: Object.fromEntries(known.map((name) => [name, PAPER_CLASSES[name]!])),
    mean: known.length === all && whole ? PAPER_MEAN : whole ? paperMeanOf(known) : undefined,
    note:
      known.length === all && whole
        ? 'The mean is compared with the one printed in the paper.'
        : whole
          ? 'The mean is compared with the mean of the paper’s rows of these classes.'
          : 'The mean is not compared: the paper does not list all of these classes.',
  };
}

/** Another run's figures; its mean if it has the same classes. */
export function runReference(other: RunMetrics, classes: readonly string[]): Reference {
  const same =
    classes.length === Object.keys(other.classes).length &&
    classes.every((name) => Object.hasOwn(other.classes, name));
  return {
    classes: Object.fromEntries(
      Object.entries(other.classes).map(([name, figures]) => [name, percentOf(figures)]),
    ),
    mean: same ? percentOf(other.mean) : undefined,
    note: same ? '' : 'The mean is not compared: the runs have different classes.',
  };
}
