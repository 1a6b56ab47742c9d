import { z } from 'zod';

/** The value of `format` in a run's `config.json`. */
export const RUN_FORMAT = 'pyramid-mamba run 1';

const count = z.number().int().min(0);
const text = z.string().max(1_000);
const path = z.string().max(4_096);
/** The name of a class. */
const name = z.string().min(1).max(1_000);

/**
 * A run's `config.json`. Unknown keys are kept: newer versions write more.
 *
 * @param model the schema of the model's configuration
 * @param train the schema of the training settings
 */
export const runConfigSchema = <M, T>(model: z.ZodType<M>, train: z.ZodType<T>) =>
  z.looseObject({
    format: z.literal(RUN_FORMAT),
    preset: text.default('unknown'),
    data: path,
    classes: z.array(name),
    // missing in older runs
    trainingPictures: count.default(0),
    dataFingerprint: text.default('unknown'),
    heldBack: z.array(path).default([]),
    encoder: z.looseObject({
      file: path.nullable().default(null),
      arch: text.default('unknown'),
      width: z.number().int().min(1).default(1),
      fingerprint: text.default('unknown'),
    }),
    backend: text.default('auto'),
    workers: z.number().int().min(1),
    model,
    train,
    versions: z.record(z.string().max(200), text).default({}),
  });

/** A run's `config.json`: everything its weights depend on, resolved. */
export interface RunConfig<M, T> {
  format: typeof RUN_FORMAT;
  /** Name of the preset the settings started from, or `demo`. */
  preset: string;
  /** Absolute path of the data set's folder, or `synthetic`. */
  data: string;
  classes: string[];
  trainingPictures: number;
  /** SHA-256 over the training pictures' own hashes and classes, in training order. */
  dataFingerprint: string;
  /** Ids of the held-back good pictures. */
  heldBack: string[];
  /** `file` is absolute, or null for the seeded encoder. */
  encoder: { file: string | null; arch: string; width: number; fingerprint: string };
  /** In the form of `--backend`. */
  backend: string;
  /** Replicas that shared each batch. */
  workers: number;
  model: M;
  train: T;
  versions: Record<string, string>;
}
