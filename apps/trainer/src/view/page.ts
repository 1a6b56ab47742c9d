import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.js';

/** Possible folders of the built viewer: beside the built command line, or, from source, in its own app. */
const PLACES = ['./viewer', '../../../viewer/dist'];

/** Folder of the built viewer. Throws a UserError if it is missing. */
export function viewerPage(): string {
  const folders = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = folders.find((folder) => existsSync(join(folder, 'index.html')));
  if (found === undefined) {
    throw new UserError(
      'view: the viewer is not built; run `npm run build` in the root of the repository (it takes a minute), then `view` again',
    );
  }
  return found;
}
