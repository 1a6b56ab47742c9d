import { COLUMNS, HEADINGS, markdownTable, overall, type RunMetrics } from '@pyramid-mamba/runs';

/** The methods that a run of `train` compares, in its order; from its `config.json`. */
export const candidatesOf = (config: {
  stages?: { settings: { model: { method?: string | undefined } }[] };
}): string[] => [
  ...(config.stages?.settings ?? []).map(({ model }) => model.method ?? 'pyramid-mamba'),
  'ensemble',
];

/** A model of a run, and what it makes of the test pictures. */
export interface Evaluated {
  readonly encoder: string;
  readonly method: string;
  /** Whether the self-test left it in the run's `model.safetensors`. */
  readonly isUsed: boolean;
  readonly metrics: Pick<RunMetrics, 'mean' | 'classes'>;
}

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** The seven figures of each model, by class and their mean; last the mean of image AU-ROC, pixel AP and AU-PRO. */
export function tableOf(found: readonly Evaluated[]): string {
  const rows = found.flatMap(({ encoder, method, isUsed, metrics }) =>
    [...Object.entries(metrics.classes), ['mean', metrics.mean] as const].map(([name, figures]) => {
      const cells = [...COLUMNS.map(({ of }) => of(figures)), overall(figures)];
      return [encoder, `${method}${isUsed ? ' (in use)' : ''}`, name, ...cells.map(shown)];
    }),
  );
  const header = ['encoder', 'model', 'class', ...HEADINGS, 'mean of image AU-ROC, pixel AP, AU-PRO'];
  return `${markdownTable(header, rows)}\n`;
}
