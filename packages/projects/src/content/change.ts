// A change of a project's content: what the journal stores, other tabs hear, and undo takes back.
import { z } from 'zod';
import type { Project } from './project.js';
import { aboutSchema, judgedSchema, modelSchema, pictureSchema, productSchema } from './records.js';

/** The collections, each with the schema and the key of its records. */
export const COLLECTIONS = {
  products: { schema: productSchema, key: 'name' },
  pictures: { schema: pictureSchema, key: 'id' },
  models: { schema: modelSchema, key: 'id' },
  judged: { schema: judgedSchema, key: 'id' },
} as const;
export type Collection = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as Collection[];

export const keyOf = (collection: Collection, record: object): string =>
  String((record as Record<string, unknown>)[COLLECTIONS[collection].key]);

const keys = z.array(z.string().max(1_000)).readonly();
export const changeSchema = z.object({
  /** Fields that are replaced. */
  about: aboutSchema.omit({ created: true, changed: true }).partial().optional(),
  /** Records that are added, or replaced as a whole. */
  put: z
    .object({
      products: z.array(productSchema).readonly(),
      pictures: z.array(pictureSchema).readonly(),
      models: z.array(modelSchema).readonly(),
      judged: z.array(judgedSchema).readonly(),
    })
    .partial()
    .optional(),
  /** Keys of records that are removed. */
  drop: z.object({ products: keys, pictures: keys, models: keys, judged: keys }).partial().optional(),
});
export type Change = z.infer<typeof changeSchema>;

type Records = ReadonlyMap<string, object>;

/** The project after a change at the time `changed`. Puts come after drops. */
export function applied(project: Project, { about, put, drop }: Change, changed: string): Project {
  const fields = Object.entries(about ?? {}).filter(([, value]) => value !== undefined);
  const next: Record<string, unknown> = { ...project, ...Object.fromEntries(fields), changed };
  for (const name of COLLECTION_NAMES) {
    const [added, gone] = [put?.[name] ?? [], drop?.[name] ?? []];
    if (added.length + gone.length === 0) continue;
    const records = new Map<string, object>(project[name] as Records);
    for (const key of gone) records.delete(key);
    for (const record of added) records.set(keyOf(name, record), record);
    next[name] = records;
  }
  return next as unknown as Project;
}

interface Before {
  readonly key: string;
  /** The record before the change; undefined where it was added. */
  readonly old: object | undefined;
  /** The changed fields; null where the whole record was added or removed. */
  readonly fields: readonly string[] | null;
}

/** What takes a change back, also after later changes of other fields: a verdict that came in between is kept. */
export interface Inverse {
  readonly about: NonNullable<Change['about']>;
  readonly records: Readonly<Record<Collection, readonly Before[]>>;
}

const differing = (a: object, b: object): string[] => {
  const [one, other] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys({ ...one, ...other }).filter(
    (field) => one[field] !== other[field] && JSON.stringify(one[field]) !== JSON.stringify(other[field]),
  );
};

/** What takes `change` of `project` back. */
export function inverseOf(project: Project, { about, put, drop }: Change): Inverse {
  const records = Object.fromEntries(
    COLLECTION_NAMES.map((name): [Collection, Before[]] => {
      const before = project[name] as Records;
      const list: Before[] = [];
      for (const record of put?.[name] ?? []) {
        const key = keyOf(name, record);
        const old = before.get(key);
        list.push({ key, old, fields: old ? differing(old, record) : null });
      }
      for (const key of drop?.[name] ?? []) list.push({ key, old: before.get(key), fields: null });
      return [name, list];
    }),
  ) as unknown as Inverse['records'];
  const fields = Object.keys(about ?? {}) as (keyof NonNullable<Change['about']>)[];
  return { about: Object.fromEntries(fields.map((field) => [field, project[field]])), records };
}

/** The change that takes it back in the project as it is now. */
export function changeBack({ about, records }: Inverse, now: Project): Change {
  const put: Record<string, object[]> = {};
  const drop: Record<string, string[]> = {};
  for (const name of COLLECTION_NAMES) {
    const present = now[name] as Records;
    for (const { key, old, fields } of records[name]) {
      const current = present.get(key);
      if (old === undefined) {
        if (current) (drop[name] ??= []).push(key);
      } else if (fields === null) (put[name] ??= []).push(old);
      else if (current) {
        const earlier = old as Record<string, unknown>;
        (put[name] ??= []).push({
          ...current,
          ...Object.fromEntries(fields.map((field) => [field, earlier[field]])),
        });
      }
    }
  }
  return { about, put, drop } as Change;
}
