/** Where a file's bytes are: at hand, or at an address of the page's own server, where there may be none. Either can go to a worker. */
export type Found = Blob | string;

/** The files of a run, wherever they lie. */
export interface RunFiles {
  /** The run's name for people. */
  readonly name: string;
  /** The file at `path` (relative to the run's folder, parts joined by `/`), null where there is none. None of its bytes are read. */
  find(path: string): Promise<Found | null>;
}

export const MIB = 2 ** 20;

/** A fault of a run or a file, one sentence for people. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** A path's parts. Throws where it could lead out of the folder it is relative to. */
export function partsOf(path: string): string[] {
  const parts = path.split('/');
  // eslint-disable-next-line no-control-regex
  const strange = /[\\:\u0000-\u001f]/.test(path) || parts.some((part) => /^\.{0,2}$/.test(part));
  if (strange) {
    throw new RunError(
      `the path ${JSON.stringify(path)} may not be read: wanted names inside the run's folder joined by "/"`,
    );
  }
  return parts;
}

/** Throws where a file of `bytes` bytes is larger than wanted. */
export function requireSize(path: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const mib = (count: number) => (count / MIB).toFixed(1);
  throw new RunError(
    `${path} has ${mib(bytes)} MiB, more than the ${mib(limit)} MiB such a file can have; it is damaged, evaluate the run again`,
  );
}
