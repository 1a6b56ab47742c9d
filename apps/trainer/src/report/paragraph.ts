import { reportParagraph } from '@pyramid-mamba/inspect';
import { methodOf } from '@pyramid-mamba/model';
import type { RunResults } from './runResults.js';

/** What was inspected by which model, what was found and missed, and how far to trust it: sentences. */
export function paragraph({
  config,
  metrics,
  scores,
  selfTest,
}: Pick<RunResults, 'config' | 'metrics' | 'scores' | 'selfTest'>): string[] {
  // other pictures than the run's own may have other classes
  const tested = Object.keys(metrics.classes);
  return reportParagraph({
    lines: scores,
    classes: config.classes,
    method: methodOf(config.model).title,
    learnt: config.trainingPictures,
    ...(tested.length > 0 ? { tested } : {}),
    thresholds: metrics.thresholds,
    selfTest,
  });
}
