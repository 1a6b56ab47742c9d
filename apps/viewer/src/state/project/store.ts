import { ProjectStore, webEnvironment } from '@pyramid-mamba/projects';
import { Folder, type Bytes, type FolderFiles } from '@pyramid-mamba/runs';
import { wrap } from 'comlink';
import type { WorkerFiles } from './filesWorker.js';

/** Folder of all projects in the browser's storage. */
export const PROJECTS_FOLDER = 'projects';

/** The store of projects of this browser. Rejects with a sentence if the browser gives no storage. */
export async function startStore(): Promise<ProjectStore> {
  return ProjectStore.open(await projectFiles(), webEnvironment());
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
