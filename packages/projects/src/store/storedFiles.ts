import { sha256Hex } from '@pyramid-mamba/data';
import type { FolderFiles } from '@pyramid-mamba/runs';
import type { Project } from '../content/project.js';
import { MOST_BYTES } from '../content/records.js';
import { ProjectError } from '../errors.js';
import type { Fault } from './interface.js';
import { PATHS, STORED, type Stored } from './layout.js';

const MOST: Record<Stored, number> = {
  pictures: MOST_BYTES.picture,
  masks: MOST_BYTES.mask,
  models: MOST_BYTES.model,
};

/** Names listed in one sentence. */
const MOST_LISTED = 5;

/** Hashes of the files that a project refers to. */
export function referred({ pictures, models }: Project): Record<Stored, Set<string>> {
  const masks = [...pictures.values()].flatMap(({ mask }) => mask ?? []);
  return { pictures: new Set(pictures.keys()), masks: new Set(masks), models: new Set(models.keys()) };
}

/** Pictures, masks and models of a project: files named by the SHA-256 of their bytes, which never change. */
export class StoredFiles {
  /** Written by an action that is not stored yet: not to be swept. */
  readonly #coming = new Map<string, number>();

  constructor(
    private readonly files: FolderFiles,
    private readonly id: string,
  ) {}

  /** @throws ProjectError for a file that is too large or cannot be read */
  async hashOf(what: Stored, file: Blob, name: string): Promise<string> {
    if (file.size > MOST[what]) {
      const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
      throw new ProjectError(
        `${name} has ${mib(file.size)} MiB, more than the ${mib(MOST[what])} MiB allowed`,
      );
    }
    if (file.size === 0) throw new ProjectError(`${name} is empty`);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      throw new ProjectError(`${name} cannot be read (${(error as Error).message}); add it again`, {
        cause: error,
      });
    }
    return sha256Hex(bytes);
  }

  /** Stores bytes; resolves to whether they were not there. Until `settled` they are not swept. */
  async store(what: Stored, hash: string, file: Blob): Promise<boolean> {
    this.#coming.set(hash, (this.#coming.get(hash) ?? 0) + 1);
    const path = PATHS.stored(this.id, what, hash);
    // an interrupted write leaves an empty file
    if ((await this.files.blob(path))?.size === file.size) return false;
    await this.files.write(path, file);
    return true;
  }

  /** The action that stored these is over. */
  settled(hashes: Iterable<string>): void {
    for (const hash of hashes) {
      const left = (this.#coming.get(hash) ?? 1) - 1;
      if (left > 0) this.#coming.set(hash, left);
      else this.#coming.delete(hash);
    }
  }

  remove(what: Stored, hash: string): Promise<void> {
    return this.files.remove(PATHS.stored(this.id, what, hash));
  }

  /** The file, not read yet. */
  async need(what: Stored, hash: string, name: string): Promise<Blob> {
    const found = await this.files.blob(PATHS.stored(this.id, what, hash));
    if (!found || found.size === 0) {
      throw new ProjectError(
        `the browser's storage lacks the file of ${name}; it may have cleared it: add it again`,
      );
    }
    return found;
  }

  /** A fault for files that the project refers to and the storage lacks. Reads names only. */
  async missing(project: Project): Promise<Fault[]> {
    const faults: Fault[] = [];
    for (const what of STORED) {
      const present = new Set(await this.files.names(`${this.id}/${what}`));
      const gone = [...referred(project)[what]].filter((hash) => !present.has(hash));
      if (gone.length === 0) continue;
      const named = gone.slice(0, MOST_LISTED).map((hash) => nameOf(project, what, hash));
      const more = gone.length > named.length ? ` and ${gone.length - named.length} more` : '';
      faults.push({
        what,
        sentence: `the browser's storage lacks ${gone.length} of the ${what} of ${project.name}: ${named.join(', ')}${more}; add them again`,
      });
    }
    return faults;
  }

  /** Removes files that nothing refers to: of actions that were cut short, or of records removed for good. */
  async sweep(project: Project): Promise<void> {
    const kept = referred(project);
    for (const what of STORED) {
      for (const name of await this.files.names(`${this.id}/${what}`)) {
        if (kept[what].has(name) || this.#coming.has(name)) continue;
        // copies of interrupted writes carry the file's name with an ending
        if (/^[0-9a-f]{64}(\.new|\.crswap)?$/.test(name)) await this.remove(what, name);
      }
    }
  }
}

function nameOf({ pictures, models }: Project, what: Stored, hash: string): string {
  if (what === 'masks') {
    const of = [...pictures.values()].find(({ mask }) => mask === hash);
    return `the mask of ${of?.name ?? hash.slice(0, 12)}`;
  }
  return (what === 'pictures' ? pictures : models).get(hash)?.name ?? hash.slice(0, 12);
}
