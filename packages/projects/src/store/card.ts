import type { FolderFiles } from '@pyramid-mamba/runs';
import { z } from 'zod';
import { sizeOf, type Project } from '../content/project.js';
import { ProjectError } from '../errors.js';
import type { ProjectCard } from './interface.js';
import { isLeftover, PATHS } from './layout.js';
import { lastNumber, load } from './load.js';

const count = z.number().int().min(0);
/** What the list shows, as of change number `seq`. It only saves reading the index: where it is stale, that is read. */
const cardSchema = z.object({
  seq: count,
  name: z.string(),
  created: z.string(),
  changed: z.string(),
  good: count,
  defective: count,
  judge: count,
  hasModel: z.boolean(),
  size: z.object({ pictures: count, models: count, deleted: count }),
});
type StoredCard = z.infer<typeof cardSchema>;

const MOST_CARD = 2 ** 20;

export function cardText(project: Project, seq: number): string {
  return JSON.stringify(cardOf(project, seq));
}

function cardOf(project: Project, seq: number): StoredCard {
  const counts = { good: 0, defective: 0, judge: 0 };
  for (const { kind, deleted } of project.pictures.values()) if (deleted === null) counts[kind]++;
  const { name, created, changed, model } = project;
  return { seq, name, created, changed, ...counts, hasModel: model !== null, size: sizeOf(project) };
}

async function jsonOf(files: FolderFiles, path: string): Promise<unknown> {
  try {
    const bytes = await files.read(path, MOST_CARD);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const deletedSchema = z.object({ deleted: z.iso.datetime() });

/** When a project was deleted; null for one in use. */
export async function deletedAt(files: FolderFiles, id: string): Promise<string | null> {
  const found = deletedSchema.safeParse(await jsonOf(files, PATHS.deleted(id)));
  return found.success ? found.data.deleted : null;
}

const NOTHING = {
  created: '',
  changed: '',
  good: 0,
  defective: 0,
  judge: 0,
  hasModel: false,
  size: { pictures: 0, models: 0, deleted: 0 },
};

/** A project in the list; undefined for one that was not completely created. */
export async function readCard(files: FolderFiles, id: string): Promise<ProjectCard | undefined> {
  const [deleted, last, stored] = await Promise.all([
    deletedAt(files, id),
    lastNumber(files, id),
    jsonOf(files, PATHS.card(id)),
  ]);
  if (last === undefined && isLeftover(await files.names(id))) return undefined;
  const card = cardSchema.safeParse(stored);
  if (card.success && card.data.seq === last) {
    const { seq: _, ...shown } = card.data;
    return { id, ...shown, deleted, damaged: null };
  }
  try {
    const { project, seq } = await load(files, id);
    const { seq: _, ...shown } = cardOf(project, seq);
    return { id, ...shown, deleted, damaged: null };
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return { id, name: card.success ? card.data.name : id, ...NOTHING, deleted, damaged: error.message };
  }
}
