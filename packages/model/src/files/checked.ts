import type { z } from 'zod';
import { FormatError } from '../errors.js';

/** The value, if it fits the schema; otherwise throws a FormatError that names the key. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const key = issue.path.join('.');
  throw new FormatError(`${where}: ${key ? `${key}: ` : ''}${issue.message}.`);
}
