import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, parse, relative, sep } from 'node:path';
import { fault, type Fault } from '../../faults.js';
import { fileReason } from '../../files.js';
import { mapLimit } from '../../mapLimit.js';
import { pictureKind } from '../../decoding/pictureKind.js';
import { nfc } from '../../../names/fold.js';
import { isIgnored } from '../../../names/ignored.js';
import { compareNames } from '../../../names/compareNames.js';

/** A folder's content, sorted, without hidden entries, system indexes, pipes and devices; links are followed. */
export interface Listing {
  folders: string[];
  files: string[];
}

/** One picture file. */
export interface PictureFile {
  /** Its name on disk. */
  name: string;
  /** The name without its suffix, in NFC: for comparison, not for opening. */
  stem: string;
}

/** The pictures of a folder: those in supported formats, and the names of all others. */
interface Pictures {
  read: PictureFile[];
  others: string[];
}

/** Whether `path` is in `folder` or equal to it; both absolute and free of links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A folder's listing, undefined if it is missing, and its faults. */
interface Read {
  listing: Listing | undefined;
  faults: Fault[];
}

/** Files whose first bytes are read concurrently. */
const SNIFFED_AT_ONCE = 8;

/**
 * The folders below a data set's root, read on demand and each once. Faults are collected in `faults`, each once, and reading
 * continues: a caller that needs all or nothing checks them.
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

  /** Adds a fault, unless it was reported before. */
  report(found: Fault): void {
    const key = `${found.kind} ${found.sentence}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#files.add(found.file);
    this.faults.push(found);
  }

  /** Records that a fault covers this file, among others. */
  tell(file: string): void {
    this.#files.add(file);
  }

  /** Whether a fault covers this file. */
  wasTold(file: string): boolean {
    return this.#files.has(file);
  }

  /** The root with all links resolved. */
  realRoot(): Promise<string> {
    return (this.#realRoot ??= realpath(this.root));
  }

  /** A folder's content, or undefined if it is missing. One that cannot be read is a fault and counts as empty. */
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
   * Runs work that reads folders which may not belong to the data set: their faults are returned instead of reported. A folder
   * read later reports its faults then. Must not be nested or run concurrently with other work on the tree.
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

  /** The folders in a folder; none if it is missing. */
  async folders(folder: string): Promise<string[]> {
    return (await this.list(folder))?.folders ?? [];
  }

  /** The pictures in a folder; none if it is missing. Two that differ only in the suffix are both returned. */
  async pictures(folder: string): Promise<PictureFile[]> {
    return (await this.#sorted(folder)).read;
  }

  /** The names of the pictures and videos in a folder with unsupported formats. */
  async otherPictures(folder: string): Promise<string[]> {
    return (await this.#sorted(folder)).others;
  }

  /** Whether a folder contains a picture, itself or in a folder at most `depth` levels below. */
  async holdsPictures(folder: string, depth = 3): Promise<boolean> {
    if ((await this.pictures(folder)).length > 0) return true;
    if (depth === 0) return false;
    for (const name of await this.folders(folder)) {
      if (await this.holdsPictures(join(folder, name), depth - 1)) return true;
    }
    return false;
  }

  /** The path of a folder by its name in any Unicode form; a path even if it is missing. */
  async child(folder: string, name: string): Promise<string> {
    const there = await this.folders(folder);
    return join(folder, there.includes(name) ? name : (there.find((one) => nfc(one) === nfc(name)) ?? name));
  }

  /**
   * The pictures in a folder, identified by their names without suffix: of two equal ones the first is returned, and the
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
        `${folder} contains both ${other.name} and ${picture.name}: ` +
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
      // a broken link counts as a file: opening it later gives an error with its name
      listing.files.push(name);
    } else if (isInside(await this.realRoot(), target)) {
      const found = await stat(target);
      if (found.isDirectory()) listing.folders.push(name);
      else if (found.isFile()) listing.files.push(name);
    } else {
      const sentence = `${path} is a link that leads out of ${this.root}: replace it by its target`;
      faults.push(fault('leaves-root', path, sentence));
    }
  }
}
