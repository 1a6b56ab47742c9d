import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Source files of a folder, without tests: with more, nobody sees at a glance what lives there. */
export const MOST_FILES = 16;

/** Folders that may have more, each with the reason. */
export const LARGE_FOLDERS: Readonly<Record<string, string>> = {};

const ROOTS = ['packages', 'apps', 'tools', 'examples'];
const SKIPPED = new Set(['node_modules', 'dist', 'generated', 'coverage', 'test', 'public']);
const SOURCE = /[.](tsx?|mjs|css|wgsl|cuh?|cpp|h|py|sh)$/;
const TEST = /[.](test|packing)[.]tsx?$/;

/** How many source files each folder of the repository has itself, tests not counted; by the folder's path from `root`. */
export function filesByFolder(root: string): Map<string, number> {
  const counts = new Map<string, number>();
  const visit = (folder: string): void => {
    let own = 0;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.'))
        visit(`${folder}/${entry.name}`);
      else if (entry.isFile() && SOURCE.test(entry.name) && !TEST.test(entry.name)) own++;
    }
    if (own > 0) counts.set(folder, own);
  };
  for (const folder of ROOTS) if (existsSync(join(root, folder))) visit(folder);
  return counts;
}

/** A sentence for each folder with too many files, and for each exception without a use. */
export function largeFolders(
  counts: ReadonlyMap<string, number>,
  exceptions: Readonly<Record<string, string>> = LARGE_FOLDERS,
): string[] {
  const large = [...counts].filter(([, count]) => count > MOST_FILES);
  const found = large
    .filter(([folder]) => !Object.hasOwn(exceptions, folder))
    .map(
      ([folder, count]) =>
        `${folder} has ${count} source files, expected at most ${MOST_FILES}: make rooms, each a folder named by what ` +
        'lives in it, or give the reason in LARGE_FOLDERS (tools/imports/folders.ts).',
    );
  const unused = Object.keys(exceptions)
    .filter((folder) => (counts.get(folder) ?? 0) <= MOST_FILES)
    .map(
      (folder) => `${folder} is small or missing: remove it from LARGE_FOLDERS (tools/imports/folders.ts).`,
    );
  return [...found, ...unused];
}
