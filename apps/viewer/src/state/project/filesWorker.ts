// The files of one folder of the browser's storage, for browsers that write them only in workers.
import { Folder, RunError, type Bytes } from '@pyramid-mamba/runs';
import { expose } from 'comlink';

let folder: Folder | undefined;

/** The folder. Errors keep their name on the way to the page, but not their cause: a full storage must be known by its name. */
async function files<T>(work: (folder: Folder) => Promise<T>): Promise<T> {
  if (!folder) throw new RunError('no folder of the browser’s storage is open');
  try {
    return await work(folder);
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof Error && cause.name === 'QuotaExceededError') throw cause;
    throw error;
  }
}

const served = {
  async open(name: string): Promise<void> {
    folder = await Folder.open(name);
  },
  write: (path: string, content: Bytes | Blob) => files((one) => one.write(path, content)),
  remove: (path: string) => files((one) => one.remove(path)),
  read: (path: string, most: number) => files((one) => one.read(path, most)),
  names: (path: string) => files((one) => one.names(path)),
  blob: (path: string) => files((one) => one.blob(path)),
  removeFolder: (path: string) => files((one) => one.removeFolder(path)),
};
export type WorkerFiles = typeof served;

expose(served);
