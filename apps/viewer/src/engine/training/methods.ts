// The methods that the page trains. Loaded when the training view is shown: the registry brings all networks and TensorFlow.js.
import { allMethods, methodOf, withInput, type DetectorConfig, type TrainConfig } from '@pyramid-mamba/model';
import type { Choices } from './plan.js';

export interface OfferedMethod {
  readonly name: string;
  readonly title: string;
  /** Whether it learns by steps, so that epochs are a choice, or in one pass. */
  readonly bySteps: boolean;
}

export const offeredMethods = (): OfferedMethod[] =>
  allMethods()
    // an ensemble is made of models that have learnt; the page trains from features, so a method that needs pictures is left to the command line
    .filter(({ learns, needs }) => learns !== 'members' && needs === 'features')
    .map(({ name, title, learns }) => ({ name, title, bySteps: learns === 'steps' }));

/** The first preset of a method, with the user's choices. */
export function presetPlan(
  method: string,
  { inputSize, seed, epochs }: Omit<Choices, 'stagedSize' | 'staged'>,
): { model: DetectorConfig; train: TrainConfig } {
  const { presets, learns } = methodOf({ method });
  const { model, train } = Object.values(presets)[0]!;
  return {
    model: withInput(model, { height: inputSize, width: inputSize, fit: 'stretch' }),
    train: { ...train, seed, ...(learns === 'steps' && epochs !== null ? { epochs } : {}) },
  };
}
