import { z } from 'zod';
import { changeSchema } from '../content/change.js';

const changedSchema = z.object({
  kind: z.literal('changed'),
  project: z.string(),
  seq: z.number(),
  at: z.string(),
  change: changeSchema,
});
/** What a tab that stored a change tells the others. */
export type Changed = z.infer<typeof changedSchema>;

/** The change of the project `id` in a message; undefined for another message. */
export function hearsChange(message: unknown, id: string): Changed | undefined {
  const found = changedSchema.safeParse(message);
  return found.success && found.data.project === id ? found.data : undefined;
}
