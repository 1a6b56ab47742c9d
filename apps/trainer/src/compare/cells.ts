// The cells of a comparison: a method with an encoder and a seed each, a run folder below the comparison's.
import { basename, join } from 'node:path';
import { holdBack, type Dataset } from '@pyramid-mamba/data';
import { BEST } from '@pyramid-mamba/inspect';
import { allMethods, methodOf, type Fit, type Method, type Size } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';
import { Run } from '../run/run.js';
import {
  methodNamed,
  methodSettings,
  onEncoder,
  requireShown,
  withEnoughSteps,
  withOverrides,
} from '../settings/settings.js';
import { safePart, stem } from '../text/fileNames.js';
import type { TrainRequest } from '../training/prepare.js';
import { EMBEDDED, encoderLocation, foreignEncoder, UNTRAINED } from '../weights/encoderSource.js';

/** What all cells share. */
export interface CellOptions {
  readonly preset?: string | undefined;
  /** Seconds of training for each cell of a method that learns by steps. */
  readonly time?: number | undefined;
  readonly epochs?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly inputSize?: Size | undefined;
  readonly fit?: Fit | undefined;
  readonly workers?: number | undefined;
  readonly backend: string;
}

/** A method with the preset it starts from. */
export interface MethodChoice {
  readonly method: Method;
  readonly preset: string;
}

/** Encoder weights as given, and where they are (`encoderLocation`). */
export interface EncoderChoice {
  readonly label: string;
  readonly file: string | null;
}

export interface Cell extends MethodChoice {
  readonly encoder: EncoderChoice;
  readonly seed: number;
  /** The name of its run folder. */
  readonly key: string;
}

/** Trained by its members, see `trainMembers`. */
const ENSEMBLE = 'ensemble';
/** The preset whose epochs are raised for a small data set, as `train` does. */
const RAISED = 'tiny';

/** The methods that are compared where none is named: an ensemble is made of two of them. */
export const comparable = (): Method[] => allMethods().filter(({ learns }) => learns !== 'members');

/** Whether the length of a method's training can be planned by time: parts and schedules depend on it. */
export const canBeTimed = ({ presets }: Method): boolean =>
  Object.values(presets).every(({ train }) => train.parts === undefined && train.schedule === undefined);

/**
 * `rd4ad`, or `rd4ad:paper` for a preset other than the first; `best` is the ensemble of that name. `preset` is that of the methods which name none and have it.
 * @throws UserError for an unknown method or preset, and where one method is given twice with one preset
 */
export function methodChoices(given: readonly string[], preset: string | undefined): MethodChoice[] {
  const choices = given.map((text): MethodChoice => {
    const [name = '', own] = (text === BEST ? `${ENSEMBLE}:${BEST}` : text).split(':');
    const method = name === ENSEMBLE ? methodOf({ method: name }) : methodNamed(name, '--methods');
    const usual = Object.keys(method.presets)[0]!;
    const common = preset !== undefined && Object.hasOwn(method.presets, preset) ? preset : usual;
    const chosen = own ?? common;
    if (!Object.hasOwn(method.presets, chosen))
      throw new UserError(
        `--methods: ${name} has no preset "${chosen}"; it has ${Object.keys(method.presets).join(', ')}`,
      );
    return { method, preset: chosen };
  });
  if (preset !== undefined && !choices.some(({ method }) => Object.hasOwn(method.presets, preset)))
    throw new UserError(
      `--preset: none of the methods has a preset "${preset}"; ` +
        choices
          .map(({ method }) => `${method.name} has ${Object.keys(method.presets).join(', ')}`)
          .join('; '),
    );
  requireDistinct(
    '--methods',
    choices.map((one) => `${one.method.name}:${one.preset}`),
  );
  return choices;
}

/** Encoders by the names and files of `train --encoder`. Throws a UserError where two have one label. */
export function encoderChoices(given: readonly string[]): EncoderChoice[] {
  const choices = given.map((name) => ({ label: labelOf(name), file: encoderLocation(name) }));
  requireDistinct(
    '--encoders',
    choices.map(({ label }) => label),
  );
  return choices;
}

const labelOf = (name: string): string =>
  [EMBEDDED, UNTRAINED].includes(name) ? name : stem(basename(name));

function requireDistinct(option: string, labels: readonly string[]): void {
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined)
    throw new UserError(
      `${option}: two of them are called ${twice}; give each once, and files different names`,
    );
}

/** Seed by seed, so that an interrupted comparison has a seed of every method before the second of one. */
export function cellsOf(
  methods: readonly MethodChoice[],
  encoders: readonly EncoderChoice[],
  seeds: readonly number[],
): Cell[] {
  return seeds.flatMap((seed) =>
    encoders.flatMap((encoder) =>
      methods.map((choice) => ({ ...choice, encoder, seed, key: `${rowKey(choice, encoder)}-seed${seed}` })),
    ),
  );
}

/** The name of a row: the cells of all seeds. */
export function rowKey({ method, preset }: MethodChoice, { label }: EncoderChoice): string {
  const usual = Object.keys(method.presets)[0] === preset;
  return safePart(`${method.name}${usual ? '' : `-${preset}`}-${label}`);
}

export const runOfCell = (out: string, { key }: Pick<Cell, 'key'>): Run => new Run(join(out, key));

/** The training of a cell, as the existing run folder goes on where there is one. Throws a UserError where options do not fit the method. */
export async function requestOf(
  cell: Cell,
  options: CellOptions,
  shared: { out: string; data: string; dataset: Dataset; cacheFolder: string },
): Promise<TrainRequest> {
  const { method, preset, seed } = cell;
  const { epochs, batchSize, workers, inputSize, fit } = options;
  // an ensemble has a network
  const bySteps = method.learns !== 'bank';
  const run = runOfCell(shared.out, cell);
  const usual = methodSettings(method, preset);
  const foreign = await foreignEncoder(cell.encoder.file, usual.model.encoder);
  let settings = withOverrides(onEncoder(usual, foreign), {
    seed,
    inputSize,
    fit,
    ...(bySteps && { epochs, batchSize, workers }),
  });
  const { dataset, heldBack } = await holdBack(shared.dataset, undefined, seed);
  const trainFor = bySteps ? options.time : undefined;
  if (trainFor !== undefined && (settings.train.parts ?? settings.train.schedule) !== undefined)
    throw new UserError(
      `--time: the training of ${method.title} has parts whose lengths depend on its own; give --epochs or --max-steps, or leave ${method.name} out`,
    );
  if (bySteps && preset === RAISED && epochs === undefined)
    settings = withEnoughSteps(settings, dataset.train.length);
  if (!run.exists()) requireShown(settings.model);
  else {
    const { train } = await run.readConfig();
    // a run of an older version goes on with its random numbers, a planned one with its plan
    settings.train.random = train.random ?? 1;
    if (trainFor !== undefined && train.steps !== undefined)
      settings = { ...settings, train: { ...settings.train, epochs: train.epochs, steps: train.steps } };
  }
  return {
    run,
    data: shared.data,
    dataset,
    heldBack,
    preset,
    settings,
    encoderFile: cell.encoder.file,
    backend: options.backend,
    cacheFolder: shared.cacheFolder,
    resume: run.exists(),
    overwrite: false,
    maxSteps: bySteps ? options.maxSteps : undefined,
    trainFor,
  };
}
