import { PAPER_MEAN, type PaperRow, type PyramidMambaConfig, type TrainConfig } from '@pyramid-mamba/model';
import type { Overrides, Settings } from '../settings/settings.js';

/** A variant of the network. */
export interface Variant {
  /** Short, for a folder's name. */
  key: string;
  change: Overrides;
  /** Settings that no option has. */
  mff?: Partial<PyramidMambaConfig['mff']>;
  centre?: PyramidMambaConfig['centre'];
  train?: Partial<TrainConfig>;
}

/** A table or figure of the paper, or one of our own: variants side by side, with its reported figures, in percent, if it prints numbers. */
export interface Ablation {
  key: string;
  title: string;
  rows: readonly { label: string; variant: string; paper?: PaperRow }[];
}

/** Parts of Dinomaly, with its numbers but for the ramp of the share, which its 10,000 steps need longer (docs/methods/dinomaly.md). */
const DROPOUT = { mff: { noiseStd: 0, dropout: 0.2 } };
const MINED: Partial<TrainConfig> = { hardMining: { share: 0.9, factor: 0.1, rampSteps: 20 } };
/** Its loss, the cosine over whole maps, without the mining: no pixel's gradient shrinks. */
const COSINE: Partial<TrainConfig> = { hardMining: { share: 0.9, factor: 1, rampSteps: 20 } };
const STABLE: Partial<TrainConfig> = { optimizer: 'stableadamw', amsgrad: true };

export const VARIANTS: Readonly<Record<string, Variant>> = {
  full: { key: 'full', change: { grids: [1, 2] } },
  'no-pss': { key: 'no-pss', change: { pss: false } },
  'no-lec': { key: 'no-lec', change: { lec: false } },
  'no-pyramid-no-noise': { key: 'no-pyramid-no-noise', change: { grids: [1], noise: false } },
  'no-pyramid': { key: 'no-pyramid', change: { grids: [1] } },
  'no-noise': { key: 'no-noise', change: { grids: [1, 2], noise: false } },
  'grids-4': { key: 'grids-4', change: { grids: [1, 2, 4] } },
  dropout: { key: 'dropout', change: {}, ...DROPOUT },
  mined: { key: 'mined', change: {}, train: MINED },
  cosine: { key: 'cosine', change: {}, train: COSINE },
  stable: { key: 'stable', change: {}, train: STABLE },
  centred: { key: 'centred', change: {}, centre: 'picture' },
  parts: { key: 'parts', change: {}, ...DROPOUT, train: { ...MINED, ...STABLE } },
};

/** The paper's tables III and IV and figure 4 (bars by class, without numbers), and what others found. */
export const ABLATIONS: readonly Ablation[] = [
  {
    key: 'III',
    title: 'Table III: global and local features',
    rows: [
      { label: 'w/o PSS', variant: 'no-pss', paper: [98.4, 99.4, 97.5, 97.7, 56.2, 59.0, 93.4] },
      { label: 'w/o LEC', variant: 'no-lec', paper: [98.5, 99.4, 97.7, 97.8, 56.7, 59.1, 93.4] },
      { label: 'Pyramid-Mamba', variant: 'full', paper: PAPER_MEAN },
    ],
  },
  {
    key: 'IV',
    title: 'Table IV: pyramid and feature noise',
    rows: [
      {
        label: 'No pyramid, no noise',
        variant: 'no-pyramid-no-noise',
        paper: [98.6, 99.6, 97.8, 97.7, 56.3, 59.2, 93.1],
      },
      {
        label: 'No pyramid, noise',
        variant: 'no-pyramid',
        paper: [98.5, 99.5, 97.8, 97.8, 57.1, 59.6, 93.4],
      },
      { label: 'Pyramid, no noise', variant: 'no-noise', paper: [98.5, 99.6, 97.9, 97.8, 56.9, 59.1, 93.5] },
      { label: 'Pyramid, noise', variant: 'full', paper: PAPER_MEAN },
    ],
  },
  {
    key: 'fig4',
    title: 'Figure 4: pyramid levels',
    rows: [
      { label: 'grids 1', variant: 'no-pyramid' },
      { label: 'grids 1, 2', variant: 'full' },
      { label: 'grids 1, 2, 4', variant: 'grids-4' },
    ],
  },
  {
    key: 'parts',
    title: 'Parts of other methods',
    rows: [
      { label: 'Pyramid-Mamba', variant: 'full' },
      { label: 'dropout instead of noise', variant: 'dropout' },
      { label: 'hard-mined loss', variant: 'mined' },
      { label: 'its cosine, not mined', variant: 'cosine' },
      { label: 'StableAdamW', variant: 'stable' },
      { label: 'centred features', variant: 'centred' },
      { label: 'dropout, mined loss and StableAdamW', variant: 'parts' },
    ],
  },
];

/** Settings with what a variant changes and no option has. */
export function withParts(
  { model, train, ...rest }: Settings<PyramidMambaConfig>,
  own: Pick<Variant, 'mff' | 'centre' | 'train'>,
): Settings<PyramidMambaConfig> {
  return {
    ...rest,
    model: { ...model, ...(own.centre && { centre: own.centre }), mff: { ...model.mff, ...own.mff } },
    train: { ...train, ...own.train },
  };
}

/** The variants of these tables, each once. */
export function variantsOf(tables: readonly Ablation[]): Variant[] {
  return [...new Set(tables.flatMap(({ rows }) => rows.map(({ variant }) => variant)))].map(
    (key) => VARIANTS[key]!,
  );
}

/** Mean and standard deviation over seeds (n − 1; 0 for one seed), or undefined without a value. */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}
