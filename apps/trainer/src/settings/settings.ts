import {
  epochsForEnoughSteps,
  inputOf,
  iterationsPerEpoch,
  modelConfigSchema,
  presets,
  trainConfigSchema,
  withInput,
  withRenamedKeys,
  type Fit,
  type ModelConfig,
  type Size,
  type TrainConfig,
} from '@pyramid-mamba/model';
import type { ZodType } from 'zod';
import type { BackendName } from '../backend.js';
import { merged, nearest, requireKnownKeys, type Tree } from './configFile.js';
import { UserError } from '../errors.js';

/** The settings of a run: the preset with the command line's changes. */
export interface Settings {
  model: ModelConfig;
  train: TrainConfig;
  /**
   * Replicas that share each batch, one thread each, or undefined for the backend's default. This affects results, not only
   * speed: each has its own batch statistics.
   */
  workers: number | undefined;
}

/** Backends that a single replica keeps busy: a GPU, and TensorFlow, which uses all cores itself. */
export const SINGLE_REPLICA: readonly BackendName[] = ['webgpu', 'cuda', 'tensorflow'];

/** The name and the help of the option that sets the number of replicas. */
export const WORKERS_OPTION = [
  '--workers <n>',
  'threads that share each batch (default: 2; 1 on a GPU and on TensorFlow)',
] as const;

/** Two on other backends, on every machine: a run's results must not depend on where it ran. */
export function defaultWorkers(backend: BackendName): number {
  return SINGLE_REPLICA.includes(backend) ? 1 : 2;
}

/** Changes to a preset; undefined keeps the preset's value. */
export interface Overrides {
  workers?: number | undefined;
  epochs?: number | undefined;
  batchSize?: number | undefined;
  lr?: number | undefined;
  seed?: number | undefined;
  /** Side of a square input, or height and width, in pixels. */
  inputSize?: number | Size | undefined;
  /** Whether pictures are stretched to the input or keep their aspect. */
  fit?: Fit | undefined;
  /** Pyramid levels of the scan: `[1]`, `[1, 2]`, … */
  grids?: number[] | undefined;
  /** false disables the global branch (pyramid scan). */
  pss?: boolean | undefined;
  /** false disables the local branch (convolutions). */
  lec?: boolean | undefined;
  /** Classes whose pictures are also shown rotated and mirrored. */
  augmentRotations?: string[] | undefined;
  /** false disables the feature noise. */
  noise?: boolean | undefined;
}

/** Throws a UserError that lists the presets if `name` is unknown. */
export function presetSettings(name: string): Settings {
  if (!Object.hasOwn(presets, name)) {
    const known = Object.entries(presets).map(([key, { description }]) => `  ${key}: ${description}`);
    throw new UserError(
      `--preset: unknown preset "${name}"; ${nearest(name, Object.keys(presets))}\n${known.join('\n')}`,
    );
  }
  const { model, train } = presets[name as keyof typeof presets];
  return { ...structuredClone({ model, train }), workers: undefined };
}

/** `settings` with the given changes; throws a UserError if two of them are incompatible. */
export function withOverrides(settings: Settings, over: Overrides): Settings {
  const { model: before, train, workers } = structuredClone(settings);
  const { inputSize } = over;
  const model = withInput(before, {
    ...inputOf(before),
    ...(typeof inputSize === 'number' ? { height: inputSize, width: inputSize } : inputSize),
    ...(over.fit !== undefined && { fit: over.fit }),
  });
  if (over.epochs !== undefined) train.epochs = over.epochs;
  if (over.batchSize !== undefined) train.batchSize = over.batchSize;
  if (over.lr !== undefined) train.lr = over.lr;
  if (over.seed !== undefined) train.seed = over.seed;
  if (over.grids !== undefined) model.decoder.grids = over.grids;
  if (over.pss !== undefined) model.decoder.pss = over.pss;
  if (over.lec !== undefined) model.decoder.lec = over.lec;
  if (over.augmentRotations !== undefined) train.augmentRotations = over.augmentRotations;
  if (over.noise === false) model.mff.noiseStd = 0;
  requireSound(model);
  return { model, train, workers: over.workers ?? workers };
}

/** Settings that a configuration may contain although presets do not define them. */
const OPEN_KEYS = {
  model: { inputSize: undefined, input: undefined, fit: undefined, mff: { bottleneckWidth: undefined } },
  train: { augmentRotations: undefined },
};

/**
 * `settings` overridden by the groups `model` and `train` of a configuration. Throws a UserError for an unknown key,
 * with the nearest known one, and for an invalid value; `where` is the file or option of the configuration.
 */
export function withTree(
  settings: Settings,
  over: { model?: Tree | undefined; train?: Tree | undefined },
  where: string,
): Settings {
  const { model, train, workers } = settings;
  const known = {
    model: merged({ ...model }, OPEN_KEYS.model),
    train: merged({ ...train }, OPEN_KEYS.train),
  };
  const asked = { model: over.model ?? {}, train: withRenamedKeys(over.train ?? {}) };
  requireKnownKeys(known, asked, where);
  const found = fitting(
    modelConfigSchema,
    merged(withoutOtherInput(model, asked.model), asked.model),
    `${where}: model`,
  );
  const next = {
    model: withInput(found, inputOf(found)),
    train: fitting(trainConfigSchema, merged({ ...train }, asked.train), `${where}: train`),
    workers,
  };
  requireSound(next.model);
  return next;
}

/** `inputSize` and `input` exclude each other: the one that is given replaces both. */
function withoutOtherInput(model: ModelConfig, asked: Tree): Tree {
  const { inputSize, input, ...rest } = model;
  if (Object.hasOwn(asked, 'inputSize') || Object.hasOwn(asked, 'input')) return rest;
  return { ...rest, ...(inputSize !== undefined && { inputSize }), ...(input !== undefined && { input }) };
}

function fitting<T>(schema: ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(`${where}.${issue.path.join('.')}: ${issue.message}`);
}

/**
 * The preset `tiny` with more epochs for a small data set, so that it gets enough steps: its epochs were chosen for a few
 * hundred pictures, and 30 pictures give three steps per epoch.
 */
export function withEnoughSteps(settings: Settings, trainingPictures: number): Settings {
  const { train } = settings;
  const epochs = epochsForEnoughSteps(train.epochs, iterationsPerEpoch(trainingPictures, train.batchSize));
  return { ...settings, train: { ...train, epochs } };
}

/** Throws a UserError if settings are incompatible. */
function requireSound(model: ModelConfig): void {
  const { height, width } = inputOf(model);
  const sides = height === width ? String(height) : `${height}x${width}`;
  if (height % 32 !== 0 || width % 32 !== 0) {
    throw new UserError(
      `--input-size: the network halves the picture five times, so the size must be a multiple of 32, got ${sides}; ` +
        `try ${fittingSize(model)}`,
    );
  }
  if (!model.decoder.pss && !model.decoder.lec) {
    throw new UserError(
      '--no-pss and --no-lec together leave the decoder without any branch; omit one of them',
    );
  }
  const [rows, columns] = [height / 32, width / 32];
  const tooFine = model.decoder.grids.find((grid) => rows % grid !== 0 || columns % grid !== 0);
  if (tooFine !== undefined) {
    throw new UserError(
      `--grids: at ${sides} pixels the smallest map is ${rows}x${columns}, which cannot be cut into ` +
        `${tooFine}x${tooFine} equal regions; omit ${tooFine}, or try --input-size ${fittingSize(model)}`,
    );
  }
}

/** The nearest size whose smallest map can be cut into all grids: these are powers of two, so the largest decides. */
function fittingSize(model: ModelConfig): string {
  const unit = 32 * Math.max(...model.decoder.grids);
  const { height, width } = inputOf(model);
  const [rows, columns] = [height, width].map((side) => Math.max(unit, Math.round(side / unit) * unit));
  return rows === columns ? String(rows) : `${rows}x${columns}`;
}
