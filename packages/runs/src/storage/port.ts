// The port between the readers and writers of runs and the places where runs lie.

/** A file's bytes, on memory of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Readable files below one folder. Paths are relative to it, their parts joined by `/`. */
export interface Files {
  /** The folder's name for people. */
  readonly name: string;
  /** How errors name a file. */
  where(path: string): string;
  /** The file's bytes; undefined if it is missing. Rejects with a RunError for a path out of the folder and for more than `most` bytes. */
  read(path: string, most: number): Promise<Bytes | undefined>;
}

/** Files that can be changed too. */
export interface WritableFiles extends Files {
  /** Writes a file atomically, and the folders it is in: after a failure the old file is still there. */
  write(path: string, bytes: Bytes): Promise<void>;
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>;
}

/** A folder of a browser's storage, with what stores of many and of large files need. */
export interface FolderFiles extends WritableFiles {
  /** As above, or the content of a Blob, which is not held in memory as a whole where the browser can stream it. */
  write(path: string, content: Bytes | Blob): Promise<void>;
  /** Names of the files and folders directly in a folder, unsorted; none if it is missing. '' is the base folder. */
  names(path: string): Promise<string[]>;
  /** The file without reading it; undefined if it is missing. Of no use once the file is written or removed. */
  blob(path: string): Promise<Blob | undefined>;
  /** Removes a folder with its content, if it is there. Killed meanwhile, it leaves any part of it. */
  removeFolder(path: string): Promise<void>;
}

/** The source of a file's bytes: in memory, or a URL of the page's own server, where it may be missing. Either can be sent to a worker. */
export type Found = Blob | string;

/** The files of a run in a browser, from any source. */
export interface RunFiles {
  /** The run's display name. */
  readonly name: string;
  /** The file at `path` (relative to the run's folder, parts joined by `/`), null if it is missing. Reads no bytes. */
  find(path: string): Promise<Found | null>;
}

export const MIB = 2 ** 20;

/** A fault of a run or a file, one sentence for the user. */
export class RunError extends Error {
  override readonly name: string = 'RunError';
}

/** A path's parts. Throws if it could lead out of its base folder. */
export function partsOf(path: string): string[] {
  const parts = path.split('/');
  // eslint-disable-next-line no-control-regex
  const strange = /[\\:\u0000-\u001f]/.test(path) || parts.some((part) => /^\.{0,2}$/.test(part));
  if (strange) {
    throw new RunError(
      `the path ${JSON.stringify(path)} may not be read: expected names inside the run's folder joined by "/"`,
    );
  }
  return parts;
}

/** Throws if a file of `bytes` bytes is larger than the limit. */
export function requireSize(path: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const mib = (count: number) => (count / MIB).toFixed(1);
  throw new RunError(
    `${path} has ${mib(bytes)} MiB, more than the ${mib(limit)} MiB allowed for such a file; it is damaged, evaluate the run again`,
  );
}
