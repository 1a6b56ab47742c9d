// `npm run api:accept`: pins the present exports of every package.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportsOf } from './exportsOf.ts';
import { changes, packageFolders, PINNED, pinnedOf, textOf } from './pinned.ts';

for (const folder of packageFolders(fileURLToPath(new URL('../..', import.meta.url)))) {
  const entries = exportsOf(folder);
  const path = join(folder, PINNED);
  for (const sentence of changes(basename(folder), pinnedOf(folder), entries).slice(0, -1))
    console.log(sentence);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, textOf(entries));
}
