// What both ways of training share: the options of `train`, and what follows from them.
import { isDeepStrictEqual } from 'node:util';
import type { Dataset } from '@pyramid-mamba/data';
import {
  inputOf,
  type DetectorConfig,
  type EncoderConfig,
  type Fit,
  type Locating,
  type Size,
} from '@pyramid-mamba/model';
import type { FileSettings } from '../../settings/configFile.js';
import { UserError } from '../../errors.js';
import type { RunConfig } from '../../run/run.js';
import { otherInputLine } from '../../settings/settings.js';
import type { Io } from '../../terminal/io.js';
import type { TrainRequest } from '../../training/prepare.js';
import type { StageRequest } from '../../training/staged.js';
import { defaultEncoder, encoderLocation, foreignEncoder } from '../../weights/encoderSource.js';

export interface TrainOptions {
  method?: string;
  data?: string;
  out?: string;
  time?: number;
  quick?: boolean;
  verbose?: boolean;
  preset?: string;
  encoder?: string;
  classes?: string[];
  epochs?: number;
  maxSteps?: number;
  batchSize?: number;
  lr?: number;
  seed?: number;
  inputSize?: Size;
  fit?: Fit;
  tiles?: Size;
  overlap?: number;
  grids?: number[];
  workers?: number;
  augmentRotations?: string[];
  pss: boolean;
  lec: boolean;
  noise: boolean;
  backend?: string;
  cache?: string;
  resume?: boolean;
  overwrite?: boolean;
  config?: string;
  set?: string[];
  holdBack?: number;
  maxFalseRejects?: number;
  areas?: string;
  locate?: Locating['by'];
  json?: boolean;
}
export type Asked = FileSettings & { where: string };

/** Trains by the resolved settings; resolves to whether the data set has pictures to evaluate on. */
export type Way = (common: CommonRequest, dataset: Dataset, io: Io) => Promise<boolean>;
export type CommonRequest = Omit<
  TrainRequest,
  keyof StageRequest | 'maxSteps' | 'encoderFile' | 'locating'
> & {
  locate: Locating['by'] | undefined;
};

/** How parts are found. Throws a UserError where a resumed run was begun in another way. */
export function locateBy(
  { locate }: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): Locating['by'] | undefined {
  const by = locate ?? asked.locate;
  if (saved && by !== undefined && by !== saved.locate)
    throw new UserError(
      `--locate: the run was begun ${saved.locate === undefined ? 'without it' : `with ${saved.locate}`}, and its models are of such pictures; omit it, or give another --out`,
    );
  return by ?? saved?.locate;
}

/** The encoder that is asked for, that of the resumed run, or the usual one for the model. */
export function encoderFor(
  model: DetectorConfig,
  { encoder: option }: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): string | null {
  const encoder = option ?? asked.encoder;
  if (encoder !== undefined) return encoderLocation(encoder);
  return saved ? saved.encoder.file : defaultEncoder(model.encoder);
}

/** The given encoder's configuration where a new run's settings follow from it. */
export async function foreignTo(
  model: DetectorConfig,
  { encoder: option }: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): Promise<EncoderConfig | undefined> {
  const encoder = option ?? asked.encoder;
  if (saved || encoder === undefined) return undefined;
  return foreignEncoder(encoderLocation(encoder), model.encoder);
}
/** Says that the input follows from the encoder, unless a configuration chose another one. */
export function otherInput(
  usual: DetectorConfig,
  start: DetectorConfig,
  chosen: DetectorConfig,
): string | undefined {
  return isDeepStrictEqual(inputOf(start), inputOf(chosen)) ? otherInputLine(usual, start) : undefined;
}
