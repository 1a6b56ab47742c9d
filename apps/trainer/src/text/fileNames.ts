/* eslint-disable no-control-regex -- these are the characters it is about */
// File names derived from names of pictures, classes and defects, valid on every file system.
import { createHash } from 'node:crypto';

/** Maximum bytes of a part: file systems allow 255, and a temporary name and a suffix are added. */
const MOST_BYTES = 160;
/** Device names on Windows, with any suffix. */
const DEVICE =
  /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)/i;
/** Characters that are invalid or special in file names on some system. */
const REFUSED =
  /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** A name of one part that is valid on every file system, without our suffix. Different names may give the same result. */
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

/** File names of one folder, distinct on every file system. */
export class FileNames {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** @param suffix with its dot */
  constructor(readonly suffix: string) {}

  /** An unused path below the folder, parts joined by `/`: the names if they are safe and unused, otherwise with a number. */
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

/** Equal for names that a file system may treat as the same. */
const folded = (path: string): string => path.normalize('NFKC').toUpperCase().toLowerCase();

/** The last part of a path without its suffix. */
export function stem(path: string): string {
  return path
    .slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
    .replace(/(?<=.)\.[^.]*$/, '');
}
