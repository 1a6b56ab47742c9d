import { readdir } from 'node:fs/promises';
import { UserError } from '../errors.js';

/** Most file names listed in a message. */
const MOST_NAMED = 3;

/** Throws a UserError if the folder of a new run already holds other files: they would mix with the run's. */
export async function requireEmpty(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return;
  const named = names.slice(0, MOST_NAMED).join(', ');
  throw new UserError(
    `--out: ${folder} holds files that are not a run (${named}${names.length > MOST_NAMED ? ', …' : ''}); pass a new or empty folder`,
  );
}
