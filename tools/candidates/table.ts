import type { RunMetrics } from '@pyramid-mamba/runs';

/** The methods that `train` compares, in its order. */
export const CANDIDATES = ['patchcore', 'pyramid-mamba', 'ensemble'] as const;

/** A model of a run, and what it makes of the test pictures. */
export interface Evaluated {
  readonly encoder: string;
  readonly method: (typeof CANDIDATES)[number];
  /** Whether the self-test left it in the run's `model.safetensors`. */
  readonly isUsed: boolean;
  readonly metrics: Pick<RunMetrics, 'mean' | 'classes'>;
}

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** The seven figures of each model, by class and their mean; last the mean of image AU-ROC, pixel AP and AU-PRO. */
export function tableOf(found: readonly Evaluated[]): string {
  const rows = found.flatMap(({ encoder, method, isUsed, metrics }) =>
    [...Object.entries(metrics.classes), ['mean', metrics.mean] as const].map(([name, { image, pixel }]) => {
      const three = [image.auroc, pixel.ap, pixel.aupro];
      const mean = three.every((one) => one !== null)
        ? three.reduce((sum, one) => sum + one, 0) / three.length
        : null;
      const cells = [
        image.auroc,
        image.ap,
        image.f1max,
        pixel.auroc,
        pixel.ap,
        pixel.f1max,
        pixel.aupro,
        mean,
      ];
      const own = [encoder, `${method}${isUsed ? ' (in use)' : ''}`, name];
      return `| ${[...own, ...cells.map(shown)].join(' | ')} |`;
    }),
  );
  const columns = ['image AU-ROC', 'AP', 'F1-max', 'pixel AU-ROC', 'AP', 'F1-max', 'AU-PRO'];
  return [
    `| encoder | model | class | ${columns.join(' | ')} | mean of image AU-ROC, pixel AP, AU-PRO |`,
    `| --- | --- | --- |${' ---: |'.repeat(columns.length + 1)}`,
    ...rows,
    '',
  ].join('\n');
}
