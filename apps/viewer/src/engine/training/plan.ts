import {
  epochsForEnoughSteps,
  iterationsPerEpoch,
  presets,
  type DetectorConfig,
  type PyramidMambaConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';

/** Sides of the pictures that the page offers, in pixels. */
export const SIZES = [64, 128, 192, 256] as const;

/** The network sizes that the page offers: the model package's presets, reduced or unchanged. */
export const EFFORTS = {
  quick: { title: 'Quick', words: 'a small network, minutes', depths: [2, 2, 2, 2] },
  balanced: {
    title: 'Balanced',
    words: 'the preset “tiny”',
    depths: presets.tiny.model.decoder.depths,
  },
  thorough: {
    title: 'Thorough',
    words: 'the paper’s decoder, needs a GPU',
    depths: presets.paper.model.decoder.depths,
  },
} as const satisfies Record<
  string,
  { title: string; words: string; depths: readonly [number, number, number, number] }
>;
export type Effort = keyof typeof EFFORTS;

/** The user's choices. */
export interface Choices {
  /** The name of what learns; null: the network of the choices below. */
  readonly method?: string | null;
  readonly inputSize: (typeof SIZES)[number];
  /** The same for a training in stages. */
  readonly stagedSize: (typeof SIZES)[number];
  /** What improves the memory bank in a training in stages: `best` as in `train --preset`; null: Pyramid-Mamba. */
  readonly staged: 'best' | null;
  readonly effort: Effort;
  /** null: as many as this data set needs. */
  readonly epochs: number | null;
  readonly seed: number;
}

/** Number of training pictures of `good` ones: a fifth is held back. */
export const trainedOn = (good: number): number => good - Math.max(2, Math.round(good * 0.2));

/** Epochs that `pictures` training pictures need for enough steps. */
export function suggestedEpochs(pictures: number): number {
  const { epochs, batchSize } = presets.tiny.train;
  return epochsForEnoughSteps(epochs, iterationsPerEpoch(Math.max(1, pictures), batchSize));
}

/** Network and training by the user's choices; the encoder's weights determine its architecture and width later. */
export function planOf(
  choices: Omit<Choices, 'stagedSize' | 'staged'>,
  pictures: number,
): { model: DetectorConfig; train: TrainConfig } {
  const { model, train } = presets.tiny;
  const { depths } = EFFORTS[choices.effort];
  const network: PyramidMambaConfig = {
    ...model,
    inputSize: choices.inputSize,
    decoder: { ...model.decoder, depths: [...depths] },
  };
  return {
    model: network,
    train: { ...train, seed: choices.seed, epochs: choices.epochs ?? suggestedEpochs(pictures) },
  };
}
