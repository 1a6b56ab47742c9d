// Schemas of the JSON files of a run. Unknown keys are kept: newer versions write more.
import { VERDICTS } from '@pyramid-mamba/metrics';
import { z } from 'zod';
import { calibrationSchema } from './calibration.js';
import { MAX_SCORE } from './limits.js';
import { namedRecord } from './named.js';

const finite = z.number().min(-MAX_SCORE).max(MAX_SCORE);
/** The range of float32. */
const single = z.number().min(-3.5e38).max(3.5e38);
const count = z.number().int().min(0);
const text = z.string().max(1_000);
const path = z.string().max(4_096);
/** The name of a class. */
const name = z.string().min(1).max(1_000);

const figure = z.number().min(0).max(1).nullable();
export const figuresSchema = z.looseObject({
  image: z.looseObject({ auroc: figure, ap: figure, f1max: figure }),
  pixel: z.looseObject({ auroc: figure, ap: figure, f1max: figure, aupro: figure }),
});

/** A run's `metrics.json`. */
export const metricsSchema = z.looseObject({
  protocol: z.enum(['paper', 'exact']),
  mean: figuresSchema,
  classes: namedRecord(figuresSchema, name),
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
  verdict: z.enum(VERDICTS).nullable(),
  map: path,
});

/** Both axes of every curve are fractions of 1. */
const share = z.number().min(0).max(1);
const points = z.array(z.union([z.tuple([share, share]), z.tuple([share, share, z.number()])])).max(100_000);

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
  seconds: z.number().min(0).max(MAX_SCORE),
  imagesPerSecond: z.number().min(0).max(MAX_SCORE),
});
