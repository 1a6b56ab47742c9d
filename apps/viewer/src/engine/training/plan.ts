import {
  epochsForEnoughSteps,
  iterationsPerEpoch,
  presets,
  type ModelConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';

/** Sides of the pictures that the page offers, in pixels. */
export const SIZES = [64, 128, 192, 256] as const;

/** How much network, as the page offers it; the numbers are the model package's presets, made smaller or taken whole. */
export const EFFORTS = {
  quick: { title: 'Quick', words: 'a small network, minutes', depths: [2, 2, 2, 2], width: 32 },
  balanced: {
    title: 'Balanced',
    words: 'the preset “tiny”',
    depths: presets.tiny.model.decoder.depths,
    width: presets.tiny.model.encoder.width,
  },
  thorough: {
    title: 'Thorough',
    words: 'the paper’s decoder, a GPU wanted',
    depths: presets.paper.model.decoder.depths,
    width: presets.paper.model.encoder.width,
  },
} as const satisfies Record<
  string,
  { title: string; words: string; depths: readonly [number, number, number, number]; width: number }
>;
export type Effort = keyof typeof EFFORTS;

/** What the person chose. */
export interface Choices {
  readonly inputSize: (typeof SIZES)[number];
  readonly effort: Effort;
  /** null: as many as a data set of this size needs. */
  readonly epochs: number | null;
  readonly seed: number;
}

/** Pictures that are trained on where `good` are given: a fifth is held back. */
export const trainedOn = (good: number): number => good - Math.max(2, Math.round(good * 0.2));

/** Epochs that `pictures` training pictures need for enough steps. */
export function suggestedEpochs(pictures: number): number {
  const { epochs, batchSize } = presets.tiny.train;
  return epochsForEnoughSteps(epochs, iterationsPerEpoch(Math.max(1, pictures), batchSize));
}

/** Network and training of the person's choices; a picked encoder's weights decide its own kind and width later. */
export function planOf(choices: Choices, pictures: number): { model: ModelConfig; train: TrainConfig } {
  const { model, train } = presets.tiny;
  const { depths, width } = EFFORTS[choices.effort];
  return {
    model: {
      ...model,
      inputSize: choices.inputSize,
      encoder: { arch: 'resnet18', width },
      decoder: { ...model.decoder, depths: [...depths] },
    },
    train: { ...train, seed: choices.seed, epochs: choices.epochs ?? suggestedEpochs(pictures) },
  };
}
