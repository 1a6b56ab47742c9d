import { z } from 'zod';

/**
 * A schema of objects that are checked by the schema which their `key` names, as in a union discriminated by it. Unlike zod's own
 * union its members may be registered later, and the key may be absent.
 *
 * @param schemaOf the schema for the value of `key` (undefined where it is absent), or a sentence that says why there is none
 */
export function discriminated<T>(key: string, schemaOf: (value: unknown) => z.ZodType<T> | string) {
  return z.unknown().transform((given, context): T => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      const kind = given === null ? 'null' : Array.isArray(given) ? 'array' : typeof given;
      context.addIssue({ code: 'custom', message: `Invalid input: expected object, received ${kind}` });
      return z.NEVER;
    }
    const schema = schemaOf((given as Record<string, unknown>)[key]);
    if (typeof schema === 'string') {
      context.addIssue({ code: 'custom', path: [key], message: schema });
      return z.NEVER;
    }
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues)
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}
