import { namedRecord } from '@pyramid-mamba/model';
import { z } from 'zod';
import { RunError } from './files.js';
import type { RunCurves, RunMetrics } from './types.js';

const figure = z.number().min(0).max(1).nullable();
const figures = z.object({
  image: z.object({ auroc: figure, ap: figure, f1max: figure }),
  pixel: z.object({ auroc: figure, ap: figure, f1max: figure, aupro: figure }),
});
const metricsSchema = z.object({
  protocol: z.string().max(40),
  mean: figures,
  classes: namedRecord(figures, z.string().max(200)),
  undefined: namedRecord(z.string().max(1000), z.string().max(300)).optional(),
});

const share = z.number().min(0).max(1);
const curve = z.array(z.union([z.tuple([share, share]), z.tuple([share, share, z.number()])])).max(100_000);
const curvesSchema = namedRecord(z.object({ roc: curve, pr: curve, pro: curve }), z.string().max(200));

function parsed<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new RunError(
    `${where}: expected a file written by \`evaluate\`, but ${value === undefined ? 'it is not JSON' : `${issue!.path.join('.')}: ${issue!.message}`}; ` +
      'evaluate the run again',
  );
}

export const readMetrics = (text: string, where: string): RunMetrics => parsed(metricsSchema, text, where);
export const readCurves = (text: string, where: string): RunCurves => parsed(curvesSchema, text, where);
