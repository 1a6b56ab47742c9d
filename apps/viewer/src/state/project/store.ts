import { ProjectStore, webEnvironment } from '@pyramid-mamba/projects';
import { Folder, type Bytes, type FolderFiles } from '@pyramid-mamba/runs';
import { wrap } from 'comlink';
import { notify, notifyError } from '../notices.js';
import { takeOverEarlier } from './earlier.js';
import type { WorkerFiles } from './filesWorker.js';

/** Folder of all projects in the browser's storage. */
export const PROJECTS_FOLDER = 'projects';

/** The store of projects of this browser. Rejects with a sentence if the browser gives no storage. */
export async function startStore(): Promise<ProjectStore> {
  const store = await ProjectStore.open(await projectFiles(), webEnvironment());
  try {
    const sentence = await takeOverEarlier(store);
    if (sentence !== null) notify('note', sentence);
  } catch (error) {
    // it stays where it is, and is tried again at the next start
    notifyError('The training of an earlier version of this page was not moved into a project', error);
  }
  return store;
}

/** Some browsers write private files only in workers. */
async function projectFiles(): Promise<FolderFiles> {
  if ('createWritable' in FileSystemFileHandle.prototype) return Folder.open(PROJECTS_FOLDER);
  return filesOfWorker(PROJECTS_FOLDER);
}

/** A folder whose files a worker reads and writes. */
export async function filesOfWorker(name: string): Promise<FolderFiles> {
  const worker = wrap<WorkerFiles>(
    new Worker(new URL('./filesWorker.ts', import.meta.url), { type: 'module', name: 'files' }),
  );
  await worker.open(name);
  return {
    name,
    where: (path) => `${path} of the browser’s storage`,
    write: (path, content: Bytes | Blob) => worker.write(path, content),
    remove: (path) => worker.remove(path),
    read: (path, most) => worker.read(path, most),
    names: (path) => worker.names(path),
    blob: (path) => worker.blob(path),
    removeFolder: (path) => worker.removeFolder(path),
  };
}
