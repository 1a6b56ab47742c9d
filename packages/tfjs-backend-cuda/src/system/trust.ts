// Whether code may be loaded from a path: only if nobody but the user and the administrator can have written it.
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
/** In a folder with this bit, such as /tmp, only the owner of an entry can replace it. */
const STICKY = 0o1000;
const ADMINISTRATOR = 0;

/**
 * Why code in a file or folder must not be loaded: it, or a folder above it, belongs to another user or can be changed by one. Links
 * are resolved first. undefined if it is safe, and on Windows, whose permissions Node does not report.
 *
 * @param user id of the user; default: of this process
 * @throws the system's error where the path does not exist or cannot be examined
 */
export function distrust(path: string, user = process.getuid?.()): string | undefined {
  if (user === undefined) return undefined;
  const places = placesAbove(path);
  for (const place of places) {
    const { uid, mode } = statSync(place);
    if (uid !== user && uid !== ADMINISTRATOR) return `${place} belongs to another user`;
    const shared = (mode & (GROUP_WRITES | OTHERS_WRITE)) !== 0;
    const stickyAbove = (mode & STICKY) !== 0 && place !== places[0];
    if (shared && !stickyAbove) {
      return `${place} can be changed by other users; prevent that with \`chmod go-w ${place}\``;
    }
  }
  return undefined;
}

/**
 * The same for a folder of code and everything in it.
 *
 * @throws the system's error where the folder does not exist or cannot be examined
 */
export function distrustTree(folder: string, user = process.getuid?.()): string | undefined {
  if (user === undefined) return undefined;
  const reason = distrust(folder, user);
  const closed = (statSync(folder).mode & 0o077) === 0;
  if (reason !== undefined || closed) return reason;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) {
      const linked = distrust(path, user);
      if (linked !== undefined) return linked;
      continue;
    }
    const { uid, mode } = statSync(path);
    if (uid !== user && uid !== ADMINISTRATOR) return `${path} belongs to another user`;
    if ((mode & (GROUP_WRITES | OTHERS_WRITE)) !== 0) return `${path} can be changed by other users`;
  }
  return undefined;
}

/** Why every user can change the contents of a folder, links resolved; undefined if that is not so. */
export function openToAll(path: string): string | undefined {
  if (process.getuid === undefined) return undefined;
  const places = placesAbove(path);
  const open = places.find((place) => {
    const { mode } = statSync(place);
    return (mode & OTHERS_WRITE) !== 0 && ((mode & STICKY) === 0 || place === places[0]);
  });
  return open === undefined
    ? undefined
    : `${open} can be changed by every user; prevent that with \`chmod o-w ${open}\``;
}

/** A path without links, and the folders above it. */
function placesAbove(path: string): string[] {
  const places = [realpathSync(path)];
  for (let at = places[0]!; dirname(at) !== at; at = dirname(at)) places.push(dirname(at));
  return places;
}

/** Creates a folder with access for the user only, and missing parents; an existing one is left unchanged. */
export function makePrivateFolder(path: string): void {
  const missing: string[] = [];
  // one by one: on some file systems (/proc) `recursive` never ends
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const one of missing.reverse()) {
    // another process may have created it meanwhile
    if (!existsSync(one)) mkdirSync(one, { mode: 0o700 });
  }
}
