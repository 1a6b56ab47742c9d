// The settings of a training in stages, and what makes a training one of a single method instead.
import { BEST, STAGES } from '@pyramid-mamba/inspect';
import {
  inputOf,
  withInput,
  type DetectorConfig,
  type EncoderConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';
import type { StageSettings } from '@pyramid-mamba/runs';
import type { FileSettings } from './configFile.js';
import {
  methodNamed,
  methodSettings,
  onEncoder,
  withOverrides,
  type Overrides,
  type Settings,
} from './settings.js';

/** The options that only the training of a single method has; each of them chooses it. */
const SINGLE = {
  method: '--method',
  preset: '--preset',
  epochs: '--epochs',
  maxSteps: '--max-steps',
  batchSize: '--batch-size',
  lr: '--lr',
  grids: '--grids',
  pss: '--no-pss',
  lec: '--no-lec',
  noise: '--no-noise',
} as const;

/** For the help of `train`. */
export const SINGLE_OPTIONS: readonly string[] = Object.values(SINGLE);

/** The first option, or setting of a configuration, that makes the training one of a single method; undefined without any. */
export function singleMethodBy(
  options: Readonly<Partial<Record<keyof typeof SINGLE, unknown>>>,
  asked: Pick<FileSettings, 'method' | 'preset' | 'model' | 'train'>,
  where: string,
): string | undefined {
  const keys = Object.keys(SINGLE) as (keyof typeof SINGLE)[];
  // a preset of the training in stages
  const isOther = (key: string, value: unknown) => !(key === 'preset' && value === BEST);
  // commander returns `true` if a --no-… option is absent
  const option = keys.find(
    (key) => options[key] !== undefined && options[key] !== true && isOther(key, options[key]),
  );
  if (option) return SINGLE[option];
  const setting = (['method', 'preset', 'model', 'train'] as const).find(
    (key) => asked[key] !== undefined && isOther(key, asked[key]),
  );
  return setting === undefined ? undefined : `"${setting}" in ${where}`;
}

/** What the stages of a run, or of its configuration, are repeated from. */
export type SavedStage = Pick<StageSettings<DetectorConfig, TrainConfig>, 'preset' | 'model' | 'train'> & {
  workers?: number | undefined;
};

export interface Stage {
  preset: string;
  settings: Settings;
}

/**
 * The settings of both stages with the user's changes. Throws a UserError for settings that do not fit.
 *
 * @param stages the methods of new ones
 * @param alone only the memory bank is made: the changes must fit it alone, and the network's settings are without them
 */
export function stageSettings(
  {
    workers,
    ...over
  }: Pick<Overrides, 'workers' | 'seed' | 'inputSize' | 'fit' | 'tiles' | 'overlap' | 'augmentRotations'>,
  saved?: readonly SavedStage[],
  encoder?: EncoderConfig,
  alone = false,
  stages = STAGES,
): [bank: Stage, network: Stage] {
  const fresh = (index: 0 | 1): Settings => {
    const { method, preset } = stages[index];
    return onEncoder(methodSettings(methodNamed(method), preset), encoder);
  };
  // both share a pass of the encoder, so an input that follows from it is the network's, whose sides are the stricter ones
  const beginning = (index: 0 | 1): Settings => {
    const settings = fresh(index);
    return encoder ? { ...settings, model: withInput(settings.model, inputOf(fresh(1).model)) } : settings;
  };
  // after a run of the bank alone the network sees what the bank sees
  const likeBank = (settings: Settings): Settings => {
    const bank = saved?.[0]?.model;
    if (!bank || alone) return settings;
    const { tiles } = bank;
    return {
      ...settings,
      model: { ...withInput(settings.model, inputOf(bank)), ...(tiles && { tiles }) } as DetectorConfig,
    };
  };
  const of = (index: 0 | 1): Stage => {
    const { preset } = stages[index];
    const before = saved?.[index];
    const settings: Settings = before
      ? structuredClone({ model: before.model, train: before.train, workers: before.workers })
      : index === 0
        ? beginning(index)
        : likeBank(beginning(index));
    return {
      preset: before?.preset ?? preset,
      settings: withOverrides(settings, index === 0 ? over : alone ? {} : { ...over, workers }),
    };
  };
  // the network's sides are the stricter ones
  const network = of(1);
  return [of(0), network];
}
