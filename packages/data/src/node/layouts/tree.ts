import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, parse, relative, sep } from 'node:path';
import { fault, type Fault } from '../faults.js';
import { fileReason } from '../files.js';
import { mapLimit } from '../mapLimit.js';
import { pictureKind } from '../pictureKind.js';
import { nfc } from './fold.js';
import { isIgnored } from './ignored.js';
import { compareNames } from './names.js';

/** What a folder holds, sorted. Hidden entries, indexes of systems, pipes and devices are left out; links are followed. */
export interface Listing {
  folders: string[];
  files: string[];
}

/** One picture file. */
export interface PictureFile {
  /** As it is on disk. */
  name: string;
  /** The name without its suffix, in NFC: to be compared, not to be opened. */
  stem: string;
}

/** The pictures of a folder: those in formats that are read, and the names of all others. */
interface Pictures {
  read: PictureFile[];
  others: string[];
}

/** Whether `path` lies in `folder` or is it; both absolute and free of links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A folder as it was read: undefined where there is none, and what is wrong with it. */
interface Read {
  listing: Listing | undefined;
  faults: Fault[];
}

/** Files whose first bytes are read at the same time. */
const SNIFFED_AT_ONCE = 8;

/**
 * The folders below a data set's root, read as they are asked for and each once. What is wrong with them is kept in
 * `faults`, once, and the reading goes on: a caller that wants everything or nothing looks there.
 */
export class Tree {
  readonly faults: Fault[] = [];
  readonly #told = new Set<string>();
  readonly #files = new Set<string>();
  readonly #listings = new Map<string, Promise<Read>>();
  readonly #pictures = new Map<string, Promise<Pictures>>();
  #looking: Fault[] | undefined;
  #realRoot: Promise<string> | undefined;

  /** `root` is an absolute path of a folder. */
  constructor(readonly root: string) {}

  /** Keeps a fault, unless the same was said before. */
  report(found: Fault): void {
    const key = `${found.kind} ${found.sentence}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#files.add(found.file);
    this.faults.push(found);
  }

  /** Notes that a fault speaks of this file, among others. */
  tell(file: string): void {
    this.#files.add(file);
  }

  /** Whether a fault speaks of this file. */
  wasTold(file: string): boolean {
    return this.#files.has(file);
  }

  /** The root with all links resolved. */
  realRoot(): Promise<string> {
    return (this.#realRoot ??= realpath(this.root));
  }

  /** What lies in a folder, or undefined where there is none. One that cannot be read is a fault and counts as empty. */
  async list(folder: string): Promise<Listing | undefined> {
    let reading = this.#listings.get(folder);
    if (!reading) {
      reading = this.#read(folder);
      this.#listings.set(folder, reading);
    }
    const { listing, faults } = await reading;
    if (this.#looking === undefined) for (const found of faults) this.report(found);
    else this.#looking.push(...faults);
    return listing;
  }

  /**
   * Does work that looks into folders which may be no part of the data set: what is wrong with those is given back and not
   * reported. A folder that is read later reports its faults then. Not to be nested or run beside other work on the tree.
   */
  async look<T>(work: () => Promise<T>): Promise<{ result: T; faults: Fault[] }> {
    const faults: Fault[] = [];
    this.#looking = faults;
    try {
      return { result: await work(), faults };
    } finally {
      this.#looking = undefined;
    }
  }

  /** The folders in a folder; none where it is missing. */
  async folders(folder: string): Promise<string[]> {
    return (await this.list(folder))?.folders ?? [];
  }

  /** The pictures in a folder; none where it is missing. Two that differ only in the suffix are both given. */
  async pictures(folder: string): Promise<PictureFile[]> {
    return (await this.#sorted(folder)).read;
  }

  /** The names of the pictures and videos in a folder whose format is not read. */
  async otherPictures(folder: string): Promise<string[]> {
    return (await this.#sorted(folder)).others;
  }

  /** Whether a folder holds a picture, itself or in a folder at most `depth` below. */
  async holdsPictures(folder: string, depth = 3): Promise<boolean> {
    if ((await this.pictures(folder)).length > 0) return true;
    if (depth === 0) return false;
    for (const name of await this.folders(folder)) {
      if (await this.holdsPictures(join(folder, name), depth - 1)) return true;
    }
    return false;
  }

  /** The folder of this name in a folder, whatever form of Unicode its name is stored in; a path even where it is missing. */
  async child(folder: string, name: string): Promise<string> {
    const there = await this.folders(folder);
    return join(folder, there.includes(name) ? name : (there.find((one) => nfc(one) === nfc(name)) ?? name));
  }

  /**
   * The pictures in a folder whose names without the suffix identify them: of two equal ones the first is given, and the
   * second is a fault.
   */
  async namedPictures(folder: string): Promise<PictureFile[]> {
    const byStem = new Map<string, PictureFile>();
    for (const picture of await this.pictures(folder)) {
      const other = byStem.get(picture.stem);
      if (!other) {
        byStem.set(picture.stem, picture);
        continue;
      }
      const isSame = nfc(other.name) === nfc(picture.name);
      const sentence =
        `${folder} holds both ${other.name} and ${picture.name}: ` +
        (isSame
          ? 'the names look the same and differ only in how their letters are stored (Unicode NFC and NFD); remove or rename one'
          : 'names must differ in more than the extension; remove or rename one');
      this.report(fault('same-name', join(folder, picture.name), sentence));
    }
    return [...byStem.values()];
  }

  /** Drops all listings from memory; the faults stay. */
  forget(): void {
    this.#listings.clear();
    this.#pictures.clear();
  }

  #sorted(folder: string): Promise<Pictures> {
    const known = this.#pictures.get(folder);
    if (known) return known;
    const sorted = this.#sort(folder);
    this.#pictures.set(folder, sorted);
    return sorted;
  }

  async #sort(folder: string): Promise<Pictures> {
    const files = (await this.list(folder))?.files ?? [];
    const kinds = await mapLimit(files, SNIFFED_AT_ONCE, (name) => pictureKind(join(folder, name)));
    const of = (kind: 'read' | 'not-read') => files.filter((_, i) => kinds[i] === kind);
    return {
      read: of('read').map((name) => ({ name, stem: nfc(parse(name).name) })),
      others: of('not-read'),
    };
  }

  async #read(folder: string): Promise<Read> {
    const listing: Listing = { folders: [], files: [] };
    const faults: Fault[] = [];
    try {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (isIgnored(entry.name)) continue;
        if (entry.isSymbolicLink()) await this.#addLink(folder, entry.name, { listing, faults });
        else if (entry.isDirectory()) listing.folders.push(entry.name);
        else if (entry.isFile()) listing.files.push(entry.name);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { listing: undefined, faults };
      faults.push(fault('unreadable', folder, `${folder} cannot be read: ${fileReason(error)}`));
    }
    listing.folders.sort(compareNames);
    listing.files.sort(compareNames);
    return { listing, faults };
  }

  async #addLink(
    folder: string,
    name: string,
    { listing, faults }: { listing: Listing; faults: Fault[] },
  ): Promise<void> {
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
      faults.push(fault('leaves-root', path, sentence));
    }
  }
}
