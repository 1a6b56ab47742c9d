import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, parse, relative, sep } from 'node:path';
import { fault, type Fault } from '../faults.js';
import { fileReason } from '../files.js';
import { PICTURE_NAME } from '../formats.js';
import { compareNames } from './names.js';

/** What lies in a folder, sorted: hidden entries, pipes and devices left out, links followed. */
export interface Listing {
  folders: string[];
  files: string[];
}

/** One picture file: its name, and its name without the extension. */
export interface PictureFile {
  name: string;
  stem: string;
}

/** Whether `path` lies in `folder` or is it; both absolute and free of links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

const NOT_LISTED = new Set(['__MACOSX', 'Thumbs.db', 'desktop.ini']);

/**
 * The folders below a data set's root, read as they are asked for and each once. What is wrong with them is kept in
 * `faults`, once, and the reading goes on: a caller that wants everything or nothing looks there.
 */
export class Tree {
  readonly faults: Fault[] = [];
  readonly #told = new Set<string>();
  readonly #listings = new Map<string, Promise<Listing | undefined>>();
  #realRoot: Promise<string> | undefined;

  /** `root` is an absolute path of a folder. */
  constructor(readonly root: string) {}

  /** Keeps a fault, unless the same was said before. */
  report(found: Fault): void {
    const key = `${found.kind} ${found.sentence}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.faults.push(found);
  }

  /** The root with all links resolved. */
  realRoot(): Promise<string> {
    return (this.#realRoot ??= realpath(this.root));
  }

  /** What lies in a folder, or undefined where there is none. One that cannot be read is a fault and counts as empty. */
  list(folder: string): Promise<Listing | undefined> {
    const known = this.#listings.get(folder);
    if (known) return known;
    const listing = this.#read(folder);
    this.#listings.set(folder, listing);
    return listing;
  }

  /** The folders in a folder; none where it is missing. */
  async folders(folder: string): Promise<string[]> {
    return (await this.list(folder))?.folders ?? [];
  }

  /** The pictures in a folder; none where it is missing. Two that differ in the extension alone are both given. */
  async pictures(folder: string): Promise<PictureFile[]> {
    const files = (await this.list(folder))?.files ?? [];
    return files.filter((file) => PICTURE_NAME.test(file)).map((name) => ({ name, stem: parse(name).name }));
  }

  /**
   * The pictures in a folder whose names without the extension are the key to something: of two equal ones the first is
   * given, and the second is a fault.
   */
  async namedPictures(folder: string): Promise<PictureFile[]> {
    const byStem = new Map<string, PictureFile>();
    for (const picture of await this.pictures(folder)) {
      const other = byStem.get(picture.stem);
      if (!other) {
        byStem.set(picture.stem, picture);
        continue;
      }
      const sentence =
        `${folder} holds both ${other.name} and ${picture.name}: ` +
        'names must differ in more than the extension; remove or rename one';
      this.report(fault('same-name', join(folder, picture.name), sentence));
    }
    return [...byStem.values()];
  }

  /** Lets go of all listings; the faults stay. */
  forget(): void {
    this.#listings.clear();
  }

  async #read(folder: string): Promise<Listing | undefined> {
    const listing: Listing = { folders: [], files: [] };
    try {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.name.startsWith('.') || NOT_LISTED.has(entry.name)) continue;
        if (entry.isSymbolicLink()) await this.#addLink(folder, entry.name, listing);
        else if (entry.isDirectory()) listing.folders.push(entry.name);
        else if (entry.isFile()) listing.files.push(entry.name);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      this.report(fault('unreadable', folder, `${folder} cannot be read: ${fileReason(error)}`));
    }
    listing.folders.sort(compareNames);
    listing.files.sort(compareNames);
    return listing;
  }

  async #addLink(folder: string, name: string, listing: Listing): Promise<void> {
    const path = join(folder, name);
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined) {
      // a link that leads nowhere counts as a file: opening it later says so with its name
      listing.files.push(name);
    } else if (isInside(await this.realRoot(), target)) {
      const found = await stat(target);
      if (found.isDirectory()) listing.folders.push(name);
      else if (found.isFile()) listing.files.push(name);
    } else {
      const sentence = `${path} is a link that leads out of ${this.root}: put what it points to in its place`;
      this.report(fault('leaves-root', path, sentence));
    }
  }
}
