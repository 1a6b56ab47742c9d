import { BEST_STAGES, STAGES, withMoreRows, type StageOf } from '@pyramid-mamba/inspect';
import { inputOf, methodOf, withEncoder, withInput, type EncoderConfig } from '@pyramid-mamba/model';
import type { StagedRequest, StageSettings } from '../training/types.js';

/** The settings of both stages: the presets of the command line's `train`, with the user's choices. */
export function stageSettings(
  {
    inputSize,
    seed,
    preset,
    stages,
    orientations = [],
  }: Pick<StagedRequest, 'inputSize' | 'seed' | 'preset' | 'stages' | 'orientations'>,
  encoder: EncoderConfig,
): [bank: StageSettings, network: StageSettings] {
  const [bank, network] = stages ?? (preset === undefined ? STAGES : BEST_STAGES).map(presetOf);
  const chosen = ({ preset, model, train }: StageSettings): StageSettings => {
    const sized =
      inputSize === undefined
        ? model
        : withInput(model, { height: inputSize, width: inputSize, fit: 'stretch' });
    return {
      preset,
      model: withEncoder(sized, encoder),
      train: {
        ...train,
        ...(seed !== undefined && { seed }),
        ...(orientations.length > 0 && { augmentRotations: [...orientations] }),
      },
    };
  };
  const [first, second] = [chosen(bank!), chosen(network!)];
  // both share the features: where the encoder cannot see the chosen size, the network's sides are the stricter ones
  return [{ ...first, model: withInput(first.model, inputOf(second.model)) }, second];
}

function presetOf({ method, preset }: StageOf): StageSettings {
  const { model, train } = methodOf({ method }).presets[preset]!;
  return { preset, model, train };
}

/** The settings with which rotated and mirrored copies of these products are learnt, too: the bank has more rows then. */
export const withOrientations = <T extends { readonly bank: StageSettings; readonly network: StageSettings }>(
  { bank, network, ...rest }: T,
  classes: readonly string[],
) => {
  const augmentRotations = [...classes];
  return {
    ...rest,
    bank: { ...bank, model: withMoreRows(bank.model), train: { ...bank.train, augmentRotations } },
    network: { ...network, train: { ...network.train, augmentRotations } },
  };
};

/** Steps of a training that goes on until it is stopped. */
const OPEN = 1_000_000;

/** The settings of a network that trains until it is stopped: its learning rate stays, since nobody knows when to lower it. */
export const openEnded = ({ train, ...rest }: StageSettings): StageSettings => ({
  ...rest,
  train: { ...train, steps: OPEN, dropAt: 1 },
});
