import { requireSize, RunError, type Bytes, type Files, type Found, type RunFiles } from './port.js';
import { fetched } from './served.js';

/** A file of a run, found but not read. It can be sent to a worker. */
export interface RunFile {
  /** null if it is missing. */
  readonly found: Found | null;
  readonly path: string;
  /** Name of its run. */
  readonly run: string;
  /** Maximum size in bytes. */
  readonly limit: number;
}

export async function findFile(files: RunFiles, path: string, limit: number): Promise<RunFile> {
  return { found: await files.find(path), path, run: files.name, limit };
}

/** The file; null if it is missing. Rejects with a sentence if it exceeds its limit, before reading it. */
export async function readFile({ found, path, run, limit }: RunFile): Promise<Blob | null> {
  if (typeof found === 'string') return fetched(found, path, run, limit);
  if (found) requireSize(path, found.size, limit);
  return found;
}

/** The file. Rejects with a sentence also if it is missing. */
export async function needFile(file: RunFile): Promise<Blob> {
  const read = await readFile(file);
  if (!read) throw new RunError(`${file.path} of ${file.run} is missing; evaluate the run again`);
  return read;
}

/** A browser's files, for the readers of runs. */
export function filesOf(files: RunFiles): Files {
  return {
    name: files.name,
    where: (path) => `${path} of ${files.name}`,
    async read(path, most): Promise<Bytes | undefined> {
      const blob = await readFile(await findFile(files, path, most));
      return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
    },
  };
}
