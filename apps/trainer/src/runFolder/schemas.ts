// Schemas of the JSON files of a run. Unknown keys are kept: newer versions write more.
import { calibrationSchema, modelConfigSchema, namedRecord, trainConfigSchema } from '@pyramid-mamba/model';
import { z } from 'zod';

/** The value of `format` in a run's `config.json`. */
export const RUN_FORMAT = 'pyramid-mamba run 1';

/** Above it, differences may overflow and charts have no scale. */
const LARGEST = 1e30;
const finite = z.number().min(-LARGEST).max(LARGEST);
/** The range of float32. */
const single = z.number().min(-3.5e38).max(3.5e38);
const count = z.number().int().min(0);
const text = z.string().max(1_000);
const path = z.string().max(4_096);
/** The name of a class. */
const name = z.string().min(1).max(1_000);

/** A run's `config.json`. */
export const configSchema = z.looseObject({
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
  model: modelConfigSchema,
  train: trainConfigSchema,
  versions: z.record(z.string().max(200), text).default({}),
});

const figure = z.number().min(0).max(1).nullable();
const figures = z.looseObject({
  image: z.looseObject({ auroc: figure, ap: figure, f1max: figure }),
  pixel: z.looseObject({ auroc: figure, ap: figure, f1max: figure, aupro: figure }),
});

/** A run's `metrics.json`. */
export const metricsSchema = z.looseObject({
  protocol: z.enum(['paper', 'exact']),
  mean: figures,
  classes: namedRecord(figures, name),
  undefined: namedRecord(text, text).optional(),
  thresholds: namedRecord(calibrationSchema, name).optional(),
  heatMapScale: z.looseObject({ low: namedRecord(finite, name), span: finite }).optional(),
  evaluated: z.looseObject({ model: text, data: text, files: z.record(path, text) }).optional(),
});

/** A line of a run's `scores.jsonl`. */
export const scoreSchema = z.looseObject({
  file: path,
  class: name,
  label: z.union([z.literal(0), z.literal(1)]),
  defect: text,
  score: finite,
  verdict: z.enum(['OK', 'REVIEW', 'NG']).nullable(),
  map: path,
});

const points = z
  .array(z.union([z.tuple([finite, finite]), z.tuple([finite, finite, z.number()])]))
  .max(100_000);

/** A run's `curves.json`. */
export const curvesSchema = namedRecord(z.looseObject({ roc: points, pr: points, pro: points }), name);

/** A line of a run's `train.jsonl`. */
export const epochSchema = z.looseObject({
  epoch: count,
  step: count,
  steps: count,
  loss: single,
  gradNorm: single,
  lr: finite,
  seconds: z.number().min(0).max(LARGEST),
  imagesPerSecond: z.number().min(0).max(LARGEST),
});
