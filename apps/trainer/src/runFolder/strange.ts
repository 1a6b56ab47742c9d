import { readdir } from 'node:fs/promises';
import { UserError } from '../errors.js';

/** Names in full in a message. */
const MOST_NAMED = 3;

/** Throws a UserError where a new run's folder holds files already: they would be mixed with the run's. */
export async function requireEmpty(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return;
  const named = names.slice(0, MOST_NAMED).join(', ');
  throw new UserError(
    `--out: ${folder} holds files that are no run (${named}${names.length > MOST_NAMED ? ', …' : ''}); give a new or an empty folder`,
  );
}
