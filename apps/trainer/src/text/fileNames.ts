/* eslint-disable no-control-regex -- these are the characters it is about */
// Names of files that are made of names of pictures, classes and defects, for every file system.
import { createHash } from 'node:crypto';

/** Most bytes of a part: file systems take 255, and a temporary name and a suffix are added. */
const MOST_BYTES = 160;
/** Names that are devices on Windows, whatever follows a dot. */
const DEVICE =
  /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)/i;
/** What some system does not take in a name, or reads as something else. */
const REFUSED =
  /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** A name that every file system takes: of one part, without a suffix of ours. Two different names may become one. */
export function safePart(name: string): string {
  let safe = name.normalize('NFC').replace(REFUSED, '_');
  // Windows drops dots and spaces at the end, and a dot in front hides a file
  safe = safe.replace(/[. ]+$/, (end) => '_'.repeat(end.length)).replace(/^[. ]/, '_');
  if (safe === '') safe = '_';
  if (DEVICE.test(safe)) safe = `_${safe}`;
  return short(safe, name);
}

function short(safe: string, name: string): string {
  if (Buffer.byteLength(safe) <= MOST_BYTES) return safe;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const kept = [...safe];
  while (Buffer.byteLength(kept.join('')) > MOST_BYTES - digest.length - 1) kept.pop();
  return `${kept.join('').replace(/[. ]+$/, '')}-${digest}`;
}

/** File names of one folder, no two of which are one to any file system. */
export class FileNames {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** @param suffix with its dot */
  constructor(readonly suffix: string) {}

  /** A free path below the folder, its parts joined by `/`: the names where they are safe and free, else with a number. */
  of(...names: string[]): string {
    const path = names.map(safePart).join('/');
    let free = path;
    let n = this.#next.get(folded(path)) ?? 2;
    while (this.#taken.has(folded(free))) free = `${path}-${n++}`;
    this.#next.set(folded(path), n);
    this.#taken.add(folded(free));
    return `${free}${this.suffix}`;
  }
}

/** Equal for names that a file system may take for one. */
const folded = (path: string): string => path.normalize('NFKC').toUpperCase().toLowerCase();

/** The last part of a path without its suffix. */
export function stem(path: string): string {
  return path
    .slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
    .replace(/(?<=.)\.[^.]*$/, '');
}
