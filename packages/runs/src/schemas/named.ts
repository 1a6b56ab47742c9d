import { z } from 'zod';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A schema of a record whose keys are names that people give, such as classes. Unlike `z.record` it keeps a key `__proto__`,
 * and what it gives inherits nothing: a name that is not there, `constructor` say, has no value.
 */
export function namedRecord<T extends z.ZodType>(values: T, names: z.ZodType<string> = z.string()) {
  return z
    .custom<Record<string, unknown>>(isObject, 'wanted an object')
    .transform((given, context): Record<string, z.output<T>> => {
      const record = Object.create(null) as Record<string, z.output<T>>;
      for (const [name, value] of Object.entries(given)) {
        const [key, found] = [names.safeParse(name), values.safeParse(value)];
        if (key.success && found.success) record[name] = found.data;
        for (const { path, message } of [...(key.error?.issues ?? []), ...(found.error?.issues ?? [])]) {
          context.addIssue({ code: 'custom', path: [name, ...path], message });
        }
      }
      return record;
    });
}
