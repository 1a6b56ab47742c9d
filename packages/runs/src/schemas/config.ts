import { z } from 'zod';

/** The value of `format` in a run's `config.json`. */
export const RUN_FORMAT = 'pyramid-mamba run 1';

/** Most stages of a run. */
const MOST_STAGES = 8;
const count = z.number().int().min(0);
const text = z.string().max(1_000);
const path = z.string().max(4_096);
type Corner = [x: number, y: number];
/** See `areas` of `RunConfig`. */
export interface RunAreas {
  use: Corner[][];
  ignore: Corner[][];
}
const polygons = z.array(z.array(z.tuple([z.number(), z.number()])).max(1_000)).max(100);
const areasSchema = z.object({ use: polygons.default([]), ignore: polygons.default([]) });
/** The name of a class. */
const name = z.string().min(1).max(1_000);

/**
 * The settings of one model of a run, in which a run's models differ.
 *
 * @param model the schema of the model's configuration
 * @param train the schema of the training settings
 */
const stageSchema = <M, T>(model: z.ZodType<M>, train: z.ZodType<T>) =>
  z.looseObject({
    preset: text.default('unknown'),
    // missing in older runs
    trainingPictures: count.default(0),
    dataFingerprint: text.default('unknown'),
    heldBack: z.array(path).default([]),
    workers: z.number().int().min(1),
    model,
    train,
  });

/**
 * A run's `config.json`. Unknown keys are kept: newer versions write more.
 *
 * @param model the schema of the model's configuration
 * @param train the schema of the training settings
 */
export const runConfigSchema = <M, T>(model: z.ZodType<M>, train: z.ZodType<T>) =>
  z.looseObject({
    format: z.literal(RUN_FORMAT),
    ...stageSchema(model, train).shape,
    data: path,
    classes: z.array(name),
    encoder: z.looseObject({
      file: path.nullable().default(null),
      arch: text.default('unknown'),
      width: z.number().int().min(1).default(1),
      fingerprint: text.default('unknown'),
    }),
    backend: text.default('auto'),
    versions: z.record(z.string().max(200), text).default({}),
    maxFalseRejects: z.number().gt(0).lt(1).optional(),
    areas: z.record(name, areasSchema).optional(),
    locate: z.enum(['shift', 'turn']).optional(),
    stages: z
      .looseObject({
        seconds: z.number().positive().nullable(),
        holdBack: z.number().min(0).max(1).nullable().default(null),
        orientations: z.enum(['open', 'chosen']).optional(),
        patches: z.enum(['open', 'chosen']).optional(),
        settings: z.array(stageSchema(model, train)).min(1).max(MOST_STAGES),
      })
      .optional(),
  });

/** The settings of one model of a run. */
export interface StageSettings<M, T> {
  /** Name of the preset the settings started from, or `demo`. */
  preset: string;
  trainingPictures: number;
  /** SHA-256 over the training pictures' own hashes and classes, in training order. */
  dataFingerprint: string;
  /** Ids of the held-back good pictures. */
  heldBack: string[];
  /** Replicas that shared each batch. */
  workers: number;
  model: M;
  train: T;
}

/** How a run makes its models one after the other. */
export interface Stages<M, T> {
  /** Seconds given to the last stage; null where there is one stage. */
  seconds: number | null;
  /** The share of good pictures that the last stage holds back, or null for the default. */
  holdBack: number | null;
  /** Whether it is still to be found out which classes lie in any orientation (`train.augmentRotations`); absent where a user said it, and in older runs. */
  orientations?: 'open' | 'chosen' | undefined;
  /** Whether a memory bank of chosen patches is still to be tried beside the one of drawn ones; absent without a network, and in older runs. */
  patches?: 'open' | 'chosen' | undefined;
  /** Of each stage, in order. The length of a training by steps (`train.steps`) is absent until it is planned. */
  settings: StageSettings<M, T>[];
}

/** A run's `config.json`: everything its weights depend on, resolved. */
export interface RunConfig<M, T> extends StageSettings<M, T> {
  format: typeof RUN_FORMAT;
  /** Absolute path of the data set's folder, or `synthetic`. */
  data: string;
  classes: string[];
  /** `file` is an absolute path, the id of embedded weights (`embedded-2`), or null for the seeded encoder. */
  encoder: { file: string | null; arch: string; width: number; fingerprint: string };
  /** In the form of `--backend`. */
  backend: string;
  versions: Record<string, string>;
  /** The share of good pictures that may be judged NG, where it was given. */
  maxFalseRejects?: number | undefined;
  /** The judged part of each class's pictures, where it was given: polygons, corners as fractions of width and height. */
  areas?: Record<string, RunAreas> | undefined;
  /** How the part is found in each picture; absent where pictures are judged as they are. */
  locate?: 'shift' | 'turn' | undefined;
  /** Of a run in stages. The settings beside it are those of the stage whose model is in `model.safetensors`, the first one's at first. */
  stages?: Stages<M, T> | undefined;
}
