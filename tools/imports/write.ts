// `npm run docs:rooms`: writes the generated parts of docs/rooms.md and its picture.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents } from './document.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
for (const [path, text] of await documents(root)) {
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
