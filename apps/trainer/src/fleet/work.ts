import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MODEL_NAME } from '../serve/judging/models.js';

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Part of a subject of NATS, and what a fleet and a job may be called. */
export const NAME = /^[A-Za-z0-9_-]{1,48}$/;

const modelRefSchema = z.strictObject({ name: z.string().regex(MODEL_NAME), sha256 });
/** A model by its content, and the name that results call it by. */
export type ModelRef = z.infer<typeof modelRefSchema>;

/** What the fleet judges with where a submission names no model. */
export const currentSchema = modelRefSchema.extend({ classes: z.array(z.string()) });
export type CurrentModel = z.infer<typeof currentSchema>;

const workSchema = z.strictObject({
  /** Of the picture: its result has the same. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** The submission: its results have a subject of their own. */
  job: z.string().regex(NAME),
  /** Its name in errors and results. */
  file: z.string().max(4096),
  sha256,
  /** Where workers read it; null: from the object store, under its id. */
  path: z.string().nullable(),
  product: z.union([z.null(), z.strictObject({ given: z.string() }), z.strictObject({ folder: z.string() })]),
  model: modelRefSchema,
});
/** A message of the queue: one picture to judge. */
export type Work = z.infer<typeof workSchema>;

/** The message, or undefined for what is none: any user of the broker may write to the queue. */
export function workOf(data: Uint8Array): Work | undefined {
  try {
    return workSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
  } catch {
    return undefined;
  }
}

/**
 * The same picture of the same name, judged with the same model as the same product, has the same id in a job, so that a job that is submitted again
 * goes on. Submitted as another product it is judged again: the verdict of one product is none of another.
 */
export const idOf = (
  job: string,
  file: string,
  picture: string,
  model: string,
  product: Work['product'] = null,
): string => {
  const as = product === null ? '' : `\n${JSON.stringify(product)}`;
  return sha256Of(`${job}\n${file}\n${picture}\n${model}${as}`).slice(0, 32);
};
