// A project's index as a JSON file, and an entry of its journal.
import { z } from 'zod';
import { ProjectError } from '../errors.js';
import { changeSchema, COLLECTION_NAMES, COLLECTIONS, keyOf, type Change } from './change.js';
import { migrated, VERSION } from './migrations.js';
import type { Project } from './project.js';
import { aboutSchema } from './records.js';

const SNAPSHOT = 'pyramid-mamba project';
const ENTRY = 'pyramid-mamba project change';

const headSchema = z.looseObject({ format: z.string(), version: z.number().int().min(1) });
const listed = z.array(z.unknown());
const snapshotSchema = z.looseObject({
  /** Number of the last change that it contains. */
  seq: z.number().int().min(0),
  about: aboutSchema,
  products: listed,
  pictures: listed,
  models: listed,
  judged: listed,
});
const entrySchema = z.looseObject({
  seq: z.number().int().min(1),
  at: z.iso.datetime(),
  /** For people: `delete 3 pictures`. */
  label: z.string(),
  change: changeSchema,
});
export type Entry = z.infer<typeof entrySchema>;

/** The project is of a newer version of this program, and stays as it is. */
export class NewerVersionError extends ProjectError {}

function headed(text: string, format: string, what: string): Record<string, unknown> {
  const head = headSchema.safeParse(parsed(text));
  if (!head.success || head.data.format !== format) throw new ProjectError(`${what} is damaged`);
  if (head.data.version > VERSION) {
    throw new NewerVersionError(
      `${what} is of format version ${head.data.version}, and this page reads up to ${VERSION}: reload the page to get its newest version`,
    );
  }
  return head.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function snapshotText(project: Project, seq: number): string {
  const { name, created, changed, model, training, origin } = project;
  const about = { name, created, changed, model, training, origin };
  const lists = Object.fromEntries(COLLECTION_NAMES.map((key) => [key, [...project[key].values()]]));
  return JSON.stringify({ format: SNAPSHOT, version: VERSION, seq, about, ...lists });
}

export interface Snapshot {
  readonly project: Project;
  readonly seq: number;
  /** A sentence for each record that did not pass its schema and was left out. */
  readonly leftOut: readonly string[];
}

/** @throws ProjectError where the whole is damaged; a NewerVersionError for a newer version. */
export function readSnapshot(text: string, id: string, what: string): Snapshot {
  const raw = snapshotSchema.safeParse(migrated('snapshot', headed(text, SNAPSHOT, what)));
  if (!raw.success) throw new ProjectError(`${what} is damaged: ${firstIssue(raw.error)}`);
  const leftOut: string[] = [];
  const collections = COLLECTION_NAMES.map((name) => {
    const records = new Map<string, object>();
    raw.data[name].forEach((record, i) => {
      const found = COLLECTIONS[name].schema.safeParse(record);
      if (found.success) records.set(keyOf(name, found.data), found.data);
      else leftOut.push(`${name}, record ${i + 1}${called(record)}: ${firstIssue(found.error)}`);
    });
    return [name, records];
  });
  const project = { id, ...raw.data.about, ...Object.fromEntries(collections) } as Project;
  return { project, seq: raw.data.seq, leftOut };
}

export function entryText(entry: { seq: number; at: string; label: string; change: Change }): string {
  return JSON.stringify({ format: ENTRY, version: VERSION, ...entry });
}

/** @throws as `readSnapshot` */
export function readEntry(text: string, what: string): Entry {
  const entry = entrySchema.safeParse(migrated('entry', headed(text, ENTRY, what)));
  if (!entry.success) throw new ProjectError(`${what} is damaged: ${firstIssue(entry.error)}`);
  return entry.data;
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  return issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'unknown';
}

function called(record: unknown): string {
  const name = typeof record === 'object' && record !== null && 'name' in record ? record.name : undefined;
  return typeof name === 'string' ? ` (${name.slice(0, 100)})` : '';
}
