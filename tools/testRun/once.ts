// What several test files need and one of them makes: the built page, the bundled command line.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Names the run to its workers and to the commands of its browser tests; `run.ts` sets it. */
export const RUN = 'PYRAMID_MAMBA_TEST_RUN';

/** A run's folder: below node_modules, where nothing that reads the repository looks. */
export const folderOf = (run: string): string =>
  fileURLToPath(new URL(`../../node_modules/.cache/test-run-${run}`, import.meta.url));

/**
 * The folder `name` of this test run, which `make` fills for the first caller; the others, of any process, wait for it. Removed at the
 * end of the run, or of the process where there is no run.
 *
 * @throws what `make` threw, as a sentence, for every caller
 */
export async function onceARun(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const run = process.env[RUN] ?? `${process.pid}`;
  if (process.env[RUN] === undefined)
    process.once('exit', () => rmSync(folderOf(run), { recursive: true, force: true }));
  const folder = join(folderOf(run), name);
  const [done, failed] = [`${folder}.done`, `${folder}.failed`];
  mkdirSync(folderOf(run), { recursive: true });
  if (isFirst(folder)) {
    try {
      await make(folder);
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(failed, error instanceof Error ? error.message : String(error));
    }
  }
  while (!existsSync(done)) {
    if (existsSync(failed))
      throw new Error(`${name} of this test run could not be made: ${readFileSync(failed, 'utf8')}`);
    await wait(50);
  }
  return folder;
}

/** Of all processes, one makes the folder. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
