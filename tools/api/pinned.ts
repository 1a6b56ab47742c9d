import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryExports } from './exportsOf.ts';

/** Where a package's exports are pinned, from its folder. */
export const PINNED = join('test', 'exports.txt');

/** The folders of the packages, which have exports; apps have none. */
export function packageFolders(root: string): string[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

const HEAD =
  '# Every name that this package exports, by entry. `npm run api:accept` writes this file; a change needs a changeset.\n';

/** The pinned form: an entry per paragraph, a name per line. */
export function textOf(entries: readonly EntryExports[]): string {
  return `${HEAD}${entries.map(({ entry, names }) => `\n${entry}\n${names.map((name) => `  ${name}\n`).join('')}`).join('')}`;
}

function read(text: string): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  let names: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('  ')) names.push(line.trim());
    else entries.set(line, (names = []));
  }
  return entries;
}

/** Sentences about what was added to and removed from the pinned text; none if they are equal. */
export function changes(name: string, pinned: string, entries: readonly EntryExports[]): string[] {
  const before = read(pinned);
  const now = new Map(entries.map(({ entry, names }) => [entry, names]));
  const found = [...new Set([...before.keys(), ...now.keys()])].flatMap((entry) => {
    const [old, own] = [before.get(entry) ?? [], now.get(entry) ?? []];
    const added = own.filter((one) => !old.includes(one));
    const removed = old.filter((one) => !own.includes(one));
    return [
      ...(added.length > 0 ? [`${name} "${entry}" exports, in addition: ${added.join(', ')}.`] : []),
      ...(removed.length > 0 ? [`${name} "${entry}" exports no longer: ${removed.join(', ')}.`] : []),
      ...(now.has(entry) ? [] : [`${name} has no entry "${entry}" any more.`]),
      ...(before.has(entry) ? [] : [`${name} has a new entry "${entry}".`]),
    ];
  });
  if (found.length === 0) return [];
  return [...found, 'If that is meant, run `npm run api:accept` and describe it in a changeset.'];
}

/** The pinned text of the package in `folder`; empty if there is none yet. */
export function pinnedOf(folder: string): string {
  const path = join(folder, PINNED);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
